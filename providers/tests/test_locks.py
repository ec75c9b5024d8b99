"""Locks that all processes share: one holder at a time, free again after it, no obstacle without Redis."""

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Barrier, Thread

import pytest
from pytest_django import Settings

from providers.locks import client, shared_lock

TOGETHER_WITHIN_S = 10


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]


@pytest.fixture
def name(request: pytest.FixtureRequest, settings: Settings) -> Iterator[str]:
    yield request.node.name
    with client() as connection:
        connection.delete(f"{settings.FX_KEY_PREFIX}:lock:{request.node.name}")


def test_one_holds_it_and_the_next_does_not_wait(name: str) -> None:
    with shared_lock(name, seconds=10) as first, shared_lock(name, seconds=10) as second:
        assert (first, second) == (True, False)
    with shared_lock(name, seconds=10) as third:
        assert third is True


def test_who_waits_gets_it_after_the_holder(name: str) -> None:
    order, held = [], Barrier(2)

    def wait() -> None:
        held.wait(TOGETHER_WITHIN_S)
        with shared_lock(name, seconds=10, wait=TOGETHER_WITHIN_S) as got:
            order.append(f"waiter {got}")

    waiter = Thread(target=wait)
    with shared_lock(name, seconds=10):
        waiter.start()
        held.wait(TOGETHER_WITHIN_S)
        order.append("holder")
    waiter.join(TOGETHER_WITHIN_S)
    assert order == ["holder", "waiter True"]


def test_a_holder_that_took_too_long_takes_nothing_away_from_the_next(
    name: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    late = ExitStack()
    late.enter_context(shared_lock(name, seconds=10))
    with client() as connection:
        assert 0 < connection.pttl(f"{settings.FX_KEY_PREFIX}:lock:{name}") <= 10_000
        connection.delete(f"{settings.FX_KEY_PREFIX}:lock:{name}")
    with shared_lock(name, seconds=10) as following:
        late.close()
        with shared_lock(name, seconds=10) as third:
            assert (following, third) == (True, False)
    assert events(caplog) == ["lock_lost"]


def test_what_happens_inside_frees_it(name: str) -> None:
    with pytest.raises(KeyError), shared_lock(name, seconds=10):
        raise KeyError
    with shared_lock(name, seconds=10) as held:
        assert held is True


def test_without_redis_it_says_that_it_does_not_know(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with shared_lock("any", seconds=10) as held:
        assert held is None
    assert events(caplog) == ["lock_unavailable"]
