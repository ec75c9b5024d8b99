"""One task per source and slot gets through, by Redis' clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis
from django.conf import settings
from django.db import connection

from fxengine import slots
from providers.models import Provider
from rates.tests.scene import provider

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3600
THREADS = 8


@pytest.fixture(autouse=True)
def client() -> Iterator[redis.Redis]:
    """Give a connection to Redis, without the slots of other tests."""
    with redis.Redis.from_url(settings.REDIS_URL) as connected:
        for key in connected.scan_iter(f"{settings.FX_KEY_PREFIX}:slot:*"):
            connected.delete(key)
        yield connected


def taken(key: str = "fixer") -> bool:
    with slots.claim(key) as ours:
        return ours


def test_one_of_many_tasks_at_once_wins_the_slot() -> None:
    provider(interval=HOUR)
    start = Barrier(THREADS)

    def task(_: int) -> bool:
        try:
            start.wait(10)
            return taken()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(task, range(THREADS))) == [False] * (THREADS - 1) + [True]


def test_a_slot_stays_taken_after_its_task_has_ended() -> None:
    provider(interval=HOUR)
    assert [taken(), taken()] == [True, False]


def test_the_next_slot_is_free_again() -> None:
    provider(interval=1)
    assert taken()
    deadline, again = time.monotonic() + 5, False
    while not again and time.monotonic() < deadline:
        again = taken()
    assert again


def test_each_source_has_slots_of_its_own() -> None:
    provider(interval=HOUR)
    provider("openexchangerates", interval=HOUR)
    assert [taken("fixer"), taken("openexchangerates")] == [True, True]


def test_a_source_that_is_off_or_unknown_is_not_taken(client: redis.Redis) -> None:
    provider(interval=HOUR)
    Provider.objects.update(enabled=False)
    assert [taken("fixer"), taken("nobody")] == [False, False]
    assert list(client.scan_iter(f"{settings.FX_KEY_PREFIX}:slot:*")) == []


def test_the_slot_is_counted_by_the_clock_of_redis_and_forgotten_after_two(client: redis.Redis) -> None:
    provider(interval=HOUR)
    before, _ = client.time()
    assert taken()
    after, _ = client.time()
    (name,) = client.scan_iter(f"{settings.FX_KEY_PREFIX}:slot:fixer:*")
    assert before // HOUR <= int(name.rsplit(b":", 1)[1]) <= after // HOUR
    assert 2 * HOUR - 5 < client.ttl(name) <= 2 * HOUR


def test_while_a_poll_runs_the_next_slot_is_not_polled_as_well(client: redis.Redis) -> None:
    provider(interval=1)
    with slots.claim("fixer") as ours:
        assert ours
        deadline = time.monotonic() + 5
        while len(list(client.scan_iter(f"{settings.FX_KEY_PREFIX}:slot:*"))) < 2:
            assert not taken()
            assert time.monotonic() < deadline
