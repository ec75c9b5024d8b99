"""Daily reference rates: stored once, corrected by a further row, found for the days without one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from providers.adapters.base import Basis, Tick
from rates.errors import WrongEnvironment
from rates.models import ReferenceRate, RunCounter
from rates.reference import Stored, batches, days_known, observation, store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
FRIDAY = date(2026, 11, 13)


def fixing(day: date = FRIDAY, mid: str = "1.0845", quote: str = "USD", base: str = "EUR") -> Tick:
    as_of = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Tick("ecb", base, quote, Decimal(mid), as_of, Basis.DATE, NOW)


def rates() -> list[tuple[date, str, Decimal]]:
    found = ReferenceRate.objects.order_by("date", "quote", "known_at")
    return [(row.date, row.quote, row.rate) for row in found]


def test_what_is_stored_twice_is_there_once() -> None:
    ticks = [fixing(), fixing(quote="JPY", mid="164.62")]
    assert store("ecb", ticks, NOW) == Stored(new=2)
    assert store("ecb", ticks, NOW + timedelta(hours=1)) == Stored(known=2)
    assert rates() == [(FRIDAY, "JPY", Decimal("164.62")), (FRIDAY, "USD", Decimal("1.0845"))]


def test_a_correction_is_a_further_row_and_the_one_that_counts() -> None:
    store("ecb", [fixing()], NOW)
    later = NOW + timedelta(days=1)
    assert store("ecb", [fixing(mid="1.0854"), fixing(quote="CHF", mid="0.93")], later) == Stored(1, 1)
    assert [rate for _, quote, rate in rates() if quote == "USD"] == [Decimal("1.0845"), Decimal("1.0854")]
    assert found("1.0854")
    assert found("1.0845", known_by=NOW)
    assert observation("ecb", "EUR", "USD", FRIDAY, NOW - timedelta(seconds=1)) is None


def found(mid: str, known_by: datetime | None = None) -> bool:
    row = observation("ecb", "EUR", "USD", FRIDAY, known_by)
    return row is not None and (row.date, row.rate) == (FRIDAY, Decimal(mid))


def test_a_correction_back_to_the_first_number_counts_too() -> None:
    for hour, mid in enumerate(("1.1", "1.2", "1.1")):
        store("ecb", [fixing(mid=mid)], NOW + timedelta(hours=hour))
    assert len(rates()) == 3
    assert found("1.1")


def test_a_correction_counts_although_our_clock_was_set_back() -> None:
    store("ecb", [fixing(mid="1.1")], NOW)
    assert store("ecb", [fixing(mid="1.2")], NOW - timedelta(hours=2)) == Stored(corrected=1)
    assert found("1.2")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (FRIDAY, FRIDAY),
        (FRIDAY + timedelta(days=2), FRIDAY),
        (FRIDAY + timedelta(days=14), FRIDAY),
        (FRIDAY + timedelta(days=15), None),
        (FRIDAY - timedelta(days=1), FRIDAY - timedelta(days=3)),
        (FRIDAY - timedelta(days=4), None),
    ],
)
def test_a_day_without_a_rate_has_the_one_before_it_up_to_14_days(on: date, expected: date | None) -> None:
    store("ecb", [fixing(FRIDAY - timedelta(days=3)), fixing(FRIDAY), fixing(FRIDAY, quote="JPY")], NOW)
    row = observation("ecb", "EUR", "USD", on)
    assert (row and row.date) == expected


def test_sources_are_kept_apart() -> None:
    store("ecb", [fixing()], NOW)
    assert store("boc", [fixing(mid="1.09")], NOW) == Stored(new=1)
    assert found("1.0845")
    assert days_known("boc", FRIDAY) == {FRIDAY}
    assert days_known("boc", FRIDAY + timedelta(days=1)) == set()


@pytest.mark.parametrize(
    "odd",
    [
        fixing(quote="ZZZ"),
        fixing(base="X-Y"),
        fixing(mid="0"),
        fixing(mid="-1"),
        fixing(mid="NaN"),
        fixing(mid="Infinity"),
        fixing(mid="1e-31"),
        fixing(mid="1e20"),
        fixing(NOW.date() + timedelta(days=2)),
    ],
    ids=lambda tick: f"{tick.base}/{tick.quote} {tick.mid} {tick.as_of:%d}",
)
def test_what_cannot_be_a_rate_is_refused_and_holds_up_no_other(odd: Tick) -> None:
    assert store("ecb", [odd], NOW) == Stored(refused=1)
    assert store("ecb", [odd, fixing()], NOW) == Stored(new=1, refused=1)
    assert len(rates()) == 1


def test_every_digit_is_kept() -> None:
    digits = "12345678901234567890.123456789012345678901234567890"
    store("ecb", [fixing(mid=digits)], NOW)
    assert rates() == [(FRIDAY, "USD", Decimal(digits))]


def test_a_day_stated_twice_has_what_was_stated_last() -> None:
    assert store("ecb", [fixing(mid="1"), fixing(mid="2")], NOW) == Stored(new=1)
    assert found("2")


def test_nothing_is_stored_of_nothing() -> None:
    assert store("ecb", [], NOW) == Stored()


def test_simulated_rates_do_not_come_among_real_ones() -> None:
    RunCounter.objects.create(environment="live")
    with pytest.raises(WrongEnvironment):
        store("ecb", [fixing()], NOW)
    assert rates() == []


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("referencerate_positive", {"rate": "0"}),
        ("referencerate_positive", {"rate": "'NaN'"}),
        ("referencerate_two_currencies", {"quote": "'EUR'"}),
    ],
)
def test_the_database_refuses_what_is_no_rate(name: str, columns: dict[str, str]) -> None:
    row = {"source": "'ecb'", "date": "'2026-11-13'", "base": "'EUR'", "quote": "'USD'", "rate": "1",
           "known_at": "now()"} | columns  # fmt: skip
    statement = f"INSERT INTO rates_referencerate ({', '.join(row)}) VALUES ({', '.join(row.values())})"
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_look_up_reads_one_index_backwards() -> None:
    days = (date(1999, 1, 4) + timedelta(days=number) for number in range(3000))
    store("ecb", [fixing(day) for day in days], NOW)
    store("ecb", [fixing(FRIDAY)], NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rates_referencerate")
    rows = ReferenceRate.objects.stated("ecb", "EUR", "USD").observed(FRIDAY)
    plan = rows[:1].explain()
    assert "Index Scan Backward using referencerate_once" in plan
    assert "Sort" not in plan


def sizes(groups: Iterable[object]) -> list[int]:
    return [len(list(group)) for group in groups]  # type: ignore[call-overload]


def test_batches_hold_everything_in_order() -> None:
    ticks = [fixing(FRIDAY - timedelta(days=age)) for age in range(5)]
    assert sizes(batches(ticks, 2)) == [2, 2, 1]
    assert [tick for batch in batches(ticks, 2) for tick in batch] == ticks
