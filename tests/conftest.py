"""Share one running house among the end-to-end tests, mended before each of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import House, eventually, running


@pytest.fixture(scope="session")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run the whole product once."""
    with running(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(one_house: House) -> Iterator[House]:
    """Give the running house with healthy vendors and fresh prices."""
    one_house.fault("*", "none")
    one_house.freeze(frozen=False)
    eventually(lambda: _is_whole(one_house.price("EUR/USD")))
    yield one_house
    one_house.fault("*", "none")
    one_house.freeze(frozen=False)


def _is_whole(price: dict[str, Any]) -> bool:
    """Say whether a price is published and fresh; before the first run it is made on demand."""
    return price["seq"] is not None and price["sources"] == 3 and not price["stale"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all that share a house in one worker: the pages in one, the rest in another."""
    for item in items:
        if {"house", "one_house"} & set(getattr(item, "fixturenames", ())):
            group = "page" if "page" in item.path.parts else "house"
            item.add_marker(pytest.mark.xdist_group(group))
