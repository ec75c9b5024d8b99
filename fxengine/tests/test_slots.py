"""One task per source and interval gets through, by Redis' clock, however many are sent and whenever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from fxengine import slots
from providers import pace
from providers.models import Provider, QuotaUsage
from rates.tests.scene import provider

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
HOUR = 3600
THREADS = 8
OPEN = datetime(2026, 11, 20, 14, tzinfo=UTC)
CLOSED = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    """Give a connection to Redis."""
    with redis.Redis.from_url(settings.REDIS_URL) as connected:
        yield connected


def taken(key: str = "fixer") -> bool:
    with slots.claim(key) as turn:
        return turn.ours


def overlaps() -> int | None:
    return pace.overlaps(["fixer"], timezone.now())["fixer"]


def now_ms(client: redis.Redis) -> int:
    seconds, micros = client.time()
    return int(seconds * 1000 + micros // 1000)


def test_one_of_many_tasks_at_once_wins_the_turn() -> None:
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


def test_a_turn_stays_taken_after_its_task_has_ended() -> None:
    provider(interval=HOUR)
    assert [taken(), taken()] == [True, False]


def test_two_beats_poll_a_source_no_more_often_and_never_closer_than_its_interval() -> None:
    provider(interval=1)
    start, until = Barrier(2), time.monotonic() + 4.5

    def beat(phase: float) -> list[float]:
        """Send a task each second, as a beat of its own would, and note when one gets through."""
        start.wait(10)
        polls, due = [], time.monotonic() + phase
        while due < until:
            time.sleep(max(due - time.monotonic(), 0))
            with slots.claim("fixer") as turn:
                if turn.ours:
                    polls.append(time.monotonic())
            due += 1
        connection.close()
        return polls

    with ThreadPoolExecutor(2) as pool:
        polls = sorted(poll for each in pool.map(beat, [0.0, 0.9]) for poll in each)
    apart = [later - earlier for earlier, later in pairwise(polls)]
    assert 4 <= len(polls) <= 5
    assert min(apart) > 0.97


def test_a_task_that_comes_a_little_early_waits_for_its_turn(client: redis.Redis) -> None:
    provider(interval=1)
    client.set(pace._name("pace", "fixer"), (due := now_ms(client) + 150))
    assert taken()
    assert now_ms(client) >= due


def test_tasks_that_piled_up_are_one_poll() -> None:
    provider(interval=2)
    assert [taken() for _ in range(20)] == [True] + [False] * 19


@pytest.mark.parametrize("ahead_s", [7, 3600, 10**7])
def test_a_clock_that_was_set_back_stops_nothing(client: redis.Redis, ahead_s: int) -> None:
    provider(interval=5)
    client.set(pace._name("pace", "fixer"), now_ms(client) + ahead_s * 1000)
    assert [taken(), taken()] == [True, False]


def test_a_shorter_interval_counts_at_once() -> None:
    source = provider(interval=HOUR)
    assert taken()
    source.interval_seconds = 5
    source.save()
    assert [taken(), taken()] == [True, False]


def test_each_source_has_turns_of_its_own() -> None:
    provider(interval=HOUR)
    provider("openexchangerates", interval=HOUR)
    assert [taken("fixer"), taken("openexchangerates")] == [True, True]


def test_a_source_that_is_off_unknown_or_without_a_key_is_not_taken(client: redis.Redis) -> None:
    provider(interval=HOUR)
    Provider.objects.update(enabled=False)
    keyless = provider("openexchangerates")
    keyless.set_key("")
    keyless.save()
    assert [taken("fixer"), taken("nobody"), taken("openexchangerates")] == [False, False, False]
    assert list(client.scan_iter(f"{settings.FX_KEY_PREFIX}:pace:*")) == []


def test_a_second_run_ends_at_once_and_is_counted_and_takes_no_turn(client: redis.Redis) -> None:
    provider(interval=1)
    assert overlaps() == 0
    with slots.claim("fixer") as turn:
        assert turn.ours
        began = time.monotonic()
        assert [taken(), taken()] == [False, False]
        assert time.monotonic() - began < 1
        client.delete(pace._name("pace", "fixer"))
        assert not taken()
        assert not client.exists(pace._name("pace", "fixer"))
    assert overlaps() == 3
    assert taken()


def test_a_run_that_takes_long_keeps_others_out_until_it_ends(client: redis.Redis) -> None:
    provider(interval=1)
    with slots.claim("fixer"):
        began = time.monotonic()
        while time.monotonic() - began < 2:
            assert not taken()
    client.delete(pace._name("pace", "fixer"))
    assert taken()


def test_a_worker_that_was_killed_while_it_polled_leaves_no_lock_for_long(client: redis.Redis) -> None:
    provider(interval=1)
    client.delete(name := f"{settings.FX_KEY_PREFIX}:lock:poll:fixer")
    script = (
        "import os, django; django.setup()\n"
        "from providers.locks import living_lock\n"
        "with living_lock('poll:fixer') as held:\n    assert held\n    os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"FX_KEY_PREFIX": settings.FX_KEY_PREFIX}
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -9
    assert client.pttl(name) <= 1500
    deadline = time.monotonic() + 5
    while not taken():
        assert time.monotonic() < deadline


def kill_under_way(client: redis.Redis) -> None:
    """Leave what a worker leaves that was killed while it polled, once its lock has run out."""
    with slots.claim("fixer") as turn:
        assert turn.ours
        left = client.get(name := pace._name("polling", "fixer"))
        assert left
    client.set(name, left, px=60_000)


def test_the_place_of_a_poll_that_was_killed_is_taken_again_but_not_for_ever(client: redis.Redis) -> None:
    provider(interval=HOUR)
    for _ in range(1 + pace.RETAKES):
        kill_under_way(client)
    assert not taken()
    client.delete(pace._name("pace", "fixer"))
    kill_under_way(client)
    assert [taken(), taken()] == [True, False]


def test_a_plan_counted_by_the_minute_bears_no_second_poll_in_one_place(client: redis.Redis) -> None:
    provider(interval=HOUR, requests_per_minute=1)
    kill_under_way(client)
    assert not taken()


@pytest.mark.parametrize(("interval", "near"), [(60, True), (62, False)])
def test_a_task_that_comes_early_hears_when_to_come_back_unless_that_is_long(
    interval: int, near: bool
) -> None:
    provider(interval=interval)
    polled: list[str] = []
    assert slots.poll_in_turn("fixer", lambda key, _: polled.append(key)) is None
    back_in_s = slots.poll_in_turn("fixer", lambda key, _: polled.append(key))
    assert (back_in_s is not None) == near
    assert back_in_s is None or interval - 2 < back_in_s <= interval
    assert polled == ["fixer"]


def test_a_task_comes_back_when_the_lock_of_a_killed_worker_has_run_out(client: redis.Redis) -> None:
    provider(interval=1)
    client.set(f"{settings.FX_KEY_PREFIX}:lock:poll:fixer", "a dead worker's", px=1500)
    back_in_s = slots.poll_in_turn("fixer", lambda *_: None)
    assert back_in_s is not None
    time.sleep(back_in_s)
    assert taken()


def test_live_sources_are_asked_less_often_while_the_market_is_closed(settings: Settings) -> None:
    source, slow = provider(interval=2), provider("openexchangerates", interval=HOUR)
    assert slots.spacing(source, CLOSED) == timedelta(seconds=2)
    settings.FX_DEMO = False
    assert slots.spacing(source, OPEN) == timedelta(seconds=2)
    assert slots.spacing(source, CLOSED) == slots.CLOSED_INTERVAL
    assert slots.spacing(slow, CLOSED) == timedelta(seconds=HOUR)


def test_polls_are_as_far_apart_as_what_is_left_of_the_plan_demands() -> None:
    source = provider(interval=2, requests_per_month=1000)
    left_of_the_month = (datetime(2026, 12, 1, tzinfo=UTC) - OPEN).total_seconds()
    assert slots.spacing(source, OPEN).total_seconds() == pytest.approx(left_of_the_month / 1000, abs=1)
    QuotaUsage.objects.create(provider=source, starts_on=OPEN.date().replace(day=1), used=900)
    assert slots.spacing(source, OPEN).total_seconds() == pytest.approx(left_of_the_month / 100, abs=1)
