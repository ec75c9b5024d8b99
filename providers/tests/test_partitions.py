"""The log of ticks by days: made ahead, dropped past retention, and never a tick lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction

from providers import partitions
from providers.models import TickLog
from providers.services import keep
from providers.tests.builders import NOW, source, tick

TODAY = NOW.date()
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
A_DAY_S = 86_400
WITHIN_S = 20
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _no_days() -> Iterator[None]:
    """Leave no partitions to the tests after one that commits."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE providers_ticklog")
    for day in partitions.days():
        partitions.drop(day)


def query(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found


def placed() -> dict[str, int]:
    """Count the ticks of each partition that has some."""
    counts = query("SELECT tableoid::regclass::text, count(*) FROM providers_ticklog GROUP BY 1 ORDER BY 1")
    return {str(name).removeprefix("providers_ticklog_"): int(str(count)) for name, count in counts}


@pytest.mark.django_db
def test_a_tick_whose_day_has_no_partition_is_kept_all_the_same() -> None:
    source()
    keep([tick()])
    assert placed() == {"default": 1}
    assert TickLog.objects.get().as_tick("fixer") == tick()


@pytest.mark.django_db
def test_upkeep_makes_today_and_a_week_ahead_once() -> None:
    source()
    week = [TODAY + number * DAY for number in range(partitions.DAYS_AHEAD + 1)]
    assert partitions.keep_up(NOW, MONTH).made == week
    assert partitions.keep_up(NOW, MONTH) == partitions.Upkeep()
    assert partitions.days() == week
    keep([tick(), tick(age=-100)])
    assert placed() == {"20261120": 2}


@pytest.mark.django_db
def test_a_day_begins_at_midnight_utc() -> None:
    source()
    partitions.keep_up(NOW, MONTH)
    since_midnight = (NOW.hour * 60 + NOW.minute) * 60 + NOW.second
    keep([tick(age=since_midnight), tick("EUR/JPY", age=since_midnight + 0.000001)])
    assert placed() == {"20261120": 1, "default": 1}


@pytest.mark.django_db
def test_ticks_that_waited_in_the_default_partition_move_to_their_day() -> None:
    source()
    said = [tick(), tick(age=A_DAY_S), tick(age=3 * A_DAY_S), tick(age=400 * A_DAY_S)]
    keep(said)
    before = {row.pk: row.as_tick("fixer") for row in TickLog.objects.all()}
    made = partitions.keep_up(NOW, MONTH).made
    assert made[0] == TODAY
    assert made[-2:] == [TODAY - 3 * DAY, TODAY - DAY]
    assert placed() == {"20261117": 1, "20261119": 1, "20261120": 1, "default": 1}
    assert {row.pk: row.as_tick("fixer") for row in TickLog.objects.all()} == before


@pytest.mark.django_db
def test_a_repetition_is_refused_before_and_after_its_day_was_made() -> None:
    source()
    keep([tick()])
    partitions.make(TODAY)
    keep([tick(), tick(mid="9")])
    assert TickLog.objects.count() == 1
    keep([tick(age=0)])
    assert len(set(TickLog.objects.values_list("pk", flat=True))) == 2


@pytest.mark.django_db
def test_days_past_their_retention_are_dropped_whole() -> None:
    source()
    for days in (30, 31, 32):
        partitions.make(TODAY - days * DAY)
        keep([tick(age=days * A_DAY_S)])
    assert partitions.past(NOW, MONTH) == [TODAY - 32 * DAY, TODAY - 31 * DAY]
    assert partitions.keep_up(NOW, MONTH).dropped == [TODAY - 32 * DAY, TODAY - 31 * DAY]
    assert placed() == {"20261021": 1}


@pytest.mark.django_db
def test_of_ticks_without_a_day_those_received_long_ago_are_dropped() -> None:
    source()
    keep([tick(age=400 * A_DAY_S), tick(age=500 * A_DAY_S)])
    TickLog.objects.filter(as_of__lt=NOW - 450 * DAY).update(received_at=NOW - 31 * DAY)
    assert partitions.old(NOW - MONTH) == 1
    assert partitions.keep_up(NOW, MONTH).rows == 1
    assert placed() == {"default": 1}


@pytest.mark.django_db
def test_a_change_that_fails_leaves_nothing_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    source()
    keep([tick()])
    monkeypatch.setattr(partitions, "_ATTACH", "SELECT no_such_function()")
    with pytest.raises(ProgrammingError):
        partitions.make(TODAY)
    assert partitions.days() == []
    assert placed() == {"default": 1}
    assert query("SELECT to_regclass('providers_ticklog_20261120')") == [(None,)]


@committing
@pytest.mark.usefixtures("_no_days")
def test_a_day_that_is_busy_is_left_for_the_next_upkeep(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source()
    keep([tick()])
    monkeypatch.setattr(partitions, "DAYS_AHEAD", 0)
    monkeypatch.setattr(partitions, "_BRIEFLY", "SET LOCAL lock_timeout = '10ms'")
    held, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            keep([tick(age=0)])
            held.set()
            done.wait(WITHIN_S)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(WITHIN_S)
        assert partitions.keep_up(NOW, MONTH).left == [TODAY]
        done.set()
        holding.result(WITHIN_S)
    assert [line.msg["event"] for line in caplog.records if isinstance(line.msg, dict)] == ["tick_day_left"]
    assert placed() == {"default": 2}
    assert partitions.keep_up(NOW, MONTH).made == [TODAY]
    assert placed() == {"20261120": 2}


@committing
@pytest.mark.usefixtures("_no_days")
def test_what_else_goes_wrong_is_not_taken_for_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_MAKE", "SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        partitions.keep_up(NOW, MONTH)
    connection.close()


@committing
@pytest.mark.usefixtures("_no_days")
def test_two_workers_at_once_make_every_day_once() -> None:
    source()
    start = Barrier(2)

    def work() -> list[date]:
        start.wait(WITHIN_S)
        try:
            return partitions.keep_up(NOW, MONTH).made
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = (pool.submit(work) for _ in range(2))
        made = one.result(WITHIN_S) + other.result(WITHIN_S)
    assert sorted(made) == partitions.days()


@committing
@pytest.mark.usefixtures("_no_days")
def test_ticks_that_come_while_their_day_is_made_are_neither_lost_nor_doubled() -> None:
    source()
    keep([tick(age=age) for age in range(1000, 6000)])
    begun, done = Event(), Event()

    def listen() -> int:
        kept = 0
        try:
            while not done.is_set() or kept < 1:
                keep([tick(age=kept / 1000)])
                kept += 1
                begun.set()
        finally:
            connection.close()
        return kept

    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(listen)
        assert begun.wait(WITHIN_S)
        assert partitions.make(TODAY)
        done.set()
        kept = listening.result(WITHIN_S)
    keep([tick(age=0)])
    assert placed() == {"20261120": 5000 + kept}
