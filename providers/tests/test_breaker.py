"""The breaker on a real Redis: when it opens, for how long, who may probe, and what staff may change."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import redis
from django.conf import settings

from providers import breaker
from providers.adapters.base import Category
from providers.breaker import FAILURES, PROBE, State, ask, close, hold, note_bad, note_good, standings
from providers.fetch import MOST_REQUESTS, deadline
from providers.locks import client

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-source"
EVERY = timedelta(seconds=2)
UNAVAILABLE, AUTH = Category.UNAVAILABLE, Category.AUTH
# A process that asks once with ten threads at a word from its parent, and tells how many may.
ASKER = """
import sys, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from providers.breaker import ask
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(10) as pool:
    print(sum(standing.allowed for standing in pool.map(ask, ["a-source"] * 10)), flush=True)
"""


@pytest.fixture
def connection() -> Iterator[redis.Redis]:
    """Give a connection to Redis on which nothing is known of the source."""
    with client() as connected:
        connected.delete(breaker._name(KEY))
        breaker._seen.clear()
        yield connected
        connected.delete(breaker._name(KEY))
        breaker._seen.clear()


def fail(times: int = 1, category: Category = UNAVAILABLE) -> breaker.Standing:
    return [note_bad(KEY, category, None, EVERY) for _ in range(times)][-1]


def end_pause(connection: redis.Redis) -> None:
    """Let the pause be over, as waiting would."""
    connection.hset(breaker._name(KEY), "until", 1)


def stands() -> State:
    return standings([KEY])[KEY].state


def pause(standing: breaker.Standing) -> timedelta:
    assert standing.until is not None
    return standing.until - datetime.now(UTC)


@pytest.mark.usefixtures("connection")
def test_a_source_nobody_knows_anything_of_may_be_asked() -> None:
    assert ask(KEY) == breaker.Standing(State.CLOSED, None, State.CLOSED, allowed=True)
    assert standings([KEY]) == {KEY: ask(KEY)}


@pytest.mark.usefixtures("connection")
def test_it_opens_with_the_fifth_failure_and_not_before() -> None:
    assert fail(FAILURES - 1).state == State.CLOSED
    assert ask(KEY).allowed
    opened = fail()
    assert (opened.before, opened.state) == (State.CLOSED, State.OPEN)
    assert timedelta(seconds=3.5) < pause(opened) < timedelta(seconds=6.5)
    assert (ask(KEY).allowed, ask(KEY).until) == (False, opened.until)
    assert stands() == State.OPEN


@pytest.mark.usefixtures("connection")
def test_good_answers_between_failures_do_not_hide_them() -> None:
    for _ in range(FAILURES - 1):
        fail()
        note_good(KEY)
    assert fail().state == State.OPEN


def test_failures_older_than_the_window_are_forgotten_one_by_one(connection: redis.Redis) -> None:
    seconds, _ = connection.time()
    old, recent = (seconds - 61) * 1000, (seconds - 50) * 1000
    connection.hset(breaker._name(KEY), mapping={"failures": f"{recent} {recent} {old} {old}"})
    assert fail(FAILURES - 3).state == State.CLOSED
    assert fail().state == State.OPEN


def test_a_slow_source_has_a_window_as_long_as_ten_of_its_polls(connection: redis.Redis) -> None:
    seconds, _ = connection.time()
    long_ago = (seconds - 500) * 1000
    connection.hset(breaker._name(KEY), mapping={"failures": " ".join([str(long_ago)] * (FAILURES - 1))})
    assert note_bad(KEY, UNAVAILABLE, None, timedelta(minutes=1)).state == State.OPEN


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("category", [Category.AUTH, Category.PLAN, Category.QUOTA])
def test_what_asking_again_cannot_mend_opens_at_once_and_for_long(category: Category) -> None:
    opened = fail(category=category)
    assert (opened.before, opened.state) == (State.CLOSED, State.OPEN)
    assert timedelta(minutes=14.9) < pause(opened) <= timedelta(minutes=15.1)


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(days=400), timedelta(days=1)),
    ],
)
def test_a_vendor_that_says_when_is_left_alone_until_then(wanted: timedelta, given: timedelta) -> None:
    for category in (UNAVAILABLE, Category.QUOTA):
        close(KEY)
        opened = note_bad(KEY, category, wanted, EVERY)
        assert opened.state == State.OPEN
        assert abs(pause(opened) - given) < timedelta(seconds=1)


@pytest.mark.usefixtures("connection")
def test_what_was_sent_before_it_opened_changes_nothing_when_it_ends_later() -> None:
    opened = fail(FAILURES)
    assert fail() == breaker.Standing(State.OPEN, opened.until, State.OPEN, allowed=False)
    assert note_good(KEY).state == State.OPEN


def test_after_the_pause_one_probe_goes_out_and_a_good_one_closes(connection: redis.Redis) -> None:
    fail(FAILURES)
    end_pause(connection)
    probe = ask(KEY)
    assert (probe.before, probe.state, probe.allowed) == (State.OPEN, State.HALF_OPEN, True)
    second = ask(KEY)
    assert (second.before, second.state, second.allowed) == (State.HALF_OPEN, State.HALF_OPEN, False)
    closed = note_good(KEY)
    assert (closed.before, closed.state) == (State.HALF_OPEN, State.CLOSED)
    assert fail(FAILURES - 1).state == State.CLOSED
    assert ask(KEY).allowed


def test_each_bad_probe_doubles_the_pause_up_to_two_minutes(connection: redis.Redis) -> None:
    opened = fail(FAILURES)
    for shortest, longest in [(8, 12), (16, 24), (32, 48), (64, 96), (96, 144), (96, 144)]:
        end_pause(connection)
        assert ask(KEY).allowed
        opened = fail()
        assert (opened.before, opened.state) == (State.HALF_OPEN, State.OPEN)
        assert timedelta(seconds=shortest - 0.5) < pause(opened) <= timedelta(seconds=longest)


def test_a_probe_of_many_requests_keeps_its_place_for_as_long_as_it_may_take(
    connection: redis.Redis,
) -> None:
    fail(FAILURES)
    end_pause(connection)
    lasting = timedelta(seconds=21)
    assert ask(KEY, lasting).allowed
    assert not ask(KEY).allowed
    seconds, _ = connection.time()
    left = int(connection.hget(breaker._name(KEY), "probe") or 0) - seconds * 1000
    assert timedelta(seconds=20) < timedelta(milliseconds=left) <= lasting + timedelta(seconds=1)
    assert lasting >= timedelta(seconds=deadline(MOST_REQUESTS))


@pytest.mark.parametrize("opened_by", [UNAVAILABLE, AUTH])
def test_a_clock_of_redis_that_was_set_back_pauses_once_more_and_no_longer(
    connection: redis.Redis, opened_by: Category
) -> None:
    opened = fail(FAILURES if opened_by is UNAVAILABLE else 1, opened_by)
    until = int(connection.hget(breaker._name(KEY), "until") or 0)
    connection.hset(breaker._name(KEY), "until", until + 3_600_000)
    again = ask(KEY)
    assert (again.state, again.allowed) == (State.OPEN, False)
    assert abs(pause(again) - pause(opened)) < timedelta(seconds=2)
    end_pause(connection)
    assert ask(KEY).allowed


def test_a_probe_from_before_the_clock_was_set_back_holds_no_place(connection: redis.Redis) -> None:
    fail(FAILURES)
    end_pause(connection)
    assert ask(KEY).allowed
    connection.hincrby(breaker._name(KEY), "probe", 3_600_000)
    assert ask(KEY).allowed
    assert not ask(KEY).allowed


def test_one_of_ten_threads_probes(connection: redis.Redis) -> None:
    fail(FAILURES)
    end_pause(connection)
    start = Barrier(10)

    def may(_: int) -> bool:
        start.wait(10)
        return ask(KEY).allowed

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(may, range(10))) == 1


def test_one_thread_of_four_processes_probes(connection: redis.Redis) -> None:
    fail(FAILURES)
    end_pause(connection)
    command = [sys.executable, "-c", ASKER]
    askers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for asker in askers:
        assert asker.stdout is not None
        assert asker.stdout.readline() == "ready\n"
    for asker in askers:
        assert asker.stdin is not None
        asker.stdin.write("now\n")
        asker.stdin.flush()
    assert sum(int(asker.communicate(timeout=20)[0]) for asker in askers) == 1


@pytest.mark.faults
# The second is the control: a probe without a time limit.
@pytest.mark.parametrize(("change", "freed"), [("", True), ("breaker.PROBE *= 1000", False)])
def test_a_probe_that_was_killed_leaves_its_place_within_five_seconds(
    connection: redis.Redis, change: str, freed: bool
) -> None:
    fail(FAILURES)
    end_pause(connection)
    killed = subprocess.run(
        [sys.executable, "-c", "import os, django; django.setup(); from providers import breaker\n"
         f"{change}\nassert breaker.ask('{KEY}').allowed; os.kill(os.getpid(), 9)"],
        cwd=ROOT, check=False,
    )  # fmt: skip
    until = time.monotonic() + PROBE.total_seconds() + 0.5
    assert killed.returncode == -9
    assert not ask(KEY).allowed
    while not (allowed := ask(KEY).allowed) and time.monotonic() < until:
        pass
    assert allowed == freed
    assert not ask(KEY).allowed


def test_what_staff_hold_is_held_for_good_until_they_close_it(connection: redis.Redis) -> None:
    held = hold(KEY)
    assert (held.before, held.state, held.allowed) == (State.CLOSED, State.HELD, False)
    note_good(KEY)
    fail(FAILURES, AUTH)
    assert (ask(KEY).state, ask(KEY).allowed, ask(KEY).until) == (State.HELD, False, None)
    assert connection.ttl(breaker._name(KEY)) == -1
    closed = close(KEY)
    assert (closed.before, closed.state, ask(KEY).allowed) == (State.HELD, State.CLOSED, True)


def test_staff_may_close_an_open_one_at_once(connection: redis.Redis) -> None:
    fail(category=AUTH)
    assert 86_400 < connection.ttl(breaker._name(KEY)) <= 86_400 + 15 * 60
    assert close(KEY).before == State.OPEN
    assert ask(KEY).allowed
    assert not connection.exists(breaker._name(KEY))


@pytest.mark.usefixtures("connection")
def test_without_redis_a_process_goes_by_what_it_saw_last(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, nowhere = fail(category=AUTH), redis.Redis.from_url("redis://127.0.0.1:9/0")
    monkeypatch.setattr(breaker, "_client", nowhere)
    monkeypatch.setattr(breaker, "_script", nowhere.register_script("return 0"))
    still = breaker.Standing(State.OPEN, opened.until, State.OPEN, allowed=False)
    assert ask(KEY) == note_good(KEY) == standings([KEY])[KEY] == still
    monkeypatch.setitem(breaker._seen, KEY, breaker.Standing(State.OPEN, datetime(2026, 1, 1, tzinfo=UTC)))
    assert ask(KEY).allowed
    assert ask("a source nobody asked yet").allowed


def test_names_start_with_the_prefix_of_this_run() -> None:
    assert breaker._name(KEY).startswith(f"{settings.FX_KEY_PREFIX}:")
    assert os.environ["FX_KEY_PREFIX"] == settings.FX_KEY_PREFIX
