"""Share one running house among the end-to-end tests, mended before each of them."""

from collections.abc import Iterator

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
    eventually(lambda: one_house.price("EUR/USD")["sources"] == 3 and not one_house.price("EUR/USD")["stale"])
    yield one_house
    one_house.fault("*", "none")
    one_house.freeze(frozen=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all that share a house in one worker: the pages in one, the rest in another."""
    for item in items:
        if {"house", "one_house"} & set(getattr(item, "fixturenames", ())):
            group = "page" if "page" in item.path.parts else "house"
            item.add_marker(pytest.mark.xdist_group(group))
