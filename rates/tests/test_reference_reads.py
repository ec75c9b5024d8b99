"""Reference rates of any two currencies: crossed from one day, found for days without one, as known then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from providers.adapters.base import Basis, Tick
from rates.errors import ApiError
from rates.models import ReferenceRate
from rates.reference import store
from rates.reference_reads import Group, Missing, Observation, on_date, series
from rates.tests.scene import provider
from rates.tests.walk import nearly

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
TODAY = NOW.date()
FRIDAY = date(2026, 11, 13)
MONDAY = date(2026, 11, 16)


def fix(day: date, source: str = "ecb", at: datetime = NOW, **stated: str) -> None:
    """Store what a source states for a day, as `EUR_USD="1.08"`."""
    as_of = datetime(day.year, day.month, day.day, tzinfo=UTC)
    ticks = [
        Tick(source, *pair.split("_"), Decimal(mid), as_of, Basis.DATE, NOW) for pair, mid in stated.items()
    ]
    assert not store(source, ticks, at).refused


def on(
    symbol: str, day: date, missing: Missing = Missing.PREVIOUS, known_by: datetime | None = None
) -> Observation:
    return on_date(*symbol.split("/"), day, missing=missing, known_by=known_by, today=TODAY)[1]


def days(found: Iterable[Observation]) -> list[tuple[date, str]]:
    return [(each.day, f"{each.rate:f}") for each in found]


def span(symbol: str, first: date, last: date, known_by: datetime | None = None) -> list[Observation]:
    base, quote = symbol.split("/")
    return list(series(base, quote, first, last, known_by).between(first, last))


def test_what_the_source_states_is_answered_digit_by_digit() -> None:
    fix(FRIDAY, EUR_USD="1.08450", EUR_IDR="16437.123456789012345")
    assert f"{on('EUR/USD', FRIDAY).rate:f}" == "1.0845"
    assert f"{on('EUR/IDR', FRIDAY).rate:f}" == "16437.123456789012345"


@pytest.mark.parametrize(
    ("symbol", "exact"),
    [
        ("USD/EUR", 1 / Fraction("1.0845")),
        ("USD/JPY", Fraction("164.62") / Fraction("1.0845")),
        ("JPY/USD", Fraction("1.0845") / Fraction("164.62")),
        ("IDR/JPY", Fraction("164.62") / Fraction("16437.12")),
    ],
)
def test_every_other_pair_is_crossed_through_the_euro_in_twelve_digits(symbol: str, exact: Fraction) -> None:
    fix(FRIDAY, EUR_USD="1.0845", EUR_JPY="164.62", EUR_IDR="16437.12")
    assert on(symbol, FRIDAY).rate == nearly(exact)


def test_a_currency_against_itself_is_one_on_every_day() -> None:
    assert on("CHF/CHF", FRIDAY) == Observation(FRIDAY, Decimal(1))
    assert days(series("EUR", "EUR", FRIDAY, TODAY).between(FRIDAY, FRIDAY + timedelta(days=1))) == [
        (FRIDAY, "1"),
        (FRIDAY + timedelta(days=1), "1"),
    ]


def test_both_legs_of_a_cross_are_of_one_day() -> None:
    fix(FRIDAY, EUR_USD="1.1", EUR_ISK="140")
    fix(MONDAY, EUR_USD="1.2")
    assert on("EUR/USD", MONDAY).day == MONDAY
    crossed = on("USD/ISK", MONDAY)
    assert (crossed.day, crossed.rate) == (FRIDAY, nearly(Fraction(140) / Fraction("1.1")))
    assert [day for day, _ in days(span("USD/ISK", FRIDAY, TODAY))] == [FRIDAY]


@pytest.mark.parametrize(
    ("missing", "offset", "expected"),
    [
        (Missing.PREVIOUS, 0, FRIDAY),
        (Missing.PREVIOUS, 1, FRIDAY),
        (Missing.PREVIOUS, -1, None),
        (Missing.NEXT, 0, FRIDAY),
        (Missing.NEXT, 1, MONDAY),
        (Missing.NEXT, -14, FRIDAY),
        (Missing.NEXT, -15, None),
        (Missing.NEXT, 4, None),
        (Missing.NEAREST, 1, FRIDAY),
        (Missing.NEAREST, 2, MONDAY),
        (Missing.NEAREST, -14, FRIDAY),
        (Missing.NEAREST, -15, None),
        (Missing.ERROR, 0, FRIDAY),
        (Missing.ERROR, 1, None),
    ],
)
def test_a_day_without_a_fixing_has_another_ones_of_at_most_14_days_away(
    missing: Missing, offset: int, expected: date | None
) -> None:
    fix(FRIDAY, EUR_USD="1.1")
    fix(MONDAY, EUR_USD="1.2")
    day = FRIDAY + timedelta(days=offset)
    if expected is not None:
        assert on("EUR/USD", day, missing).day == expected
        return
    with pytest.raises(ApiError) as caught:
        on("EUR/USD", day, missing)
    assert (caught.value.code, caught.value.status) == ("no_reference_rate", 404)


def test_previous_ends_after_14_days() -> None:
    fix(FRIDAY - timedelta(days=30), EUR_HRK="7.5345")
    assert on("EUR/HRK", FRIDAY - timedelta(days=16)).day == FRIDAY - timedelta(days=30)
    with pytest.raises(ApiError, match="nor in the 14 days before it"):
        on("EUR/HRK", FRIDAY - timedelta(days=15))


def test_two_days_equally_near_are_answered_by_the_earlier() -> None:
    fix(FRIDAY, EUR_USD="1.1")
    fix(FRIDAY + timedelta(days=2), EUR_USD="1.2")
    assert on("EUR/USD", FRIDAY + timedelta(days=1), Missing.NEAREST).day == FRIDAY


def test_a_day_to_come_has_no_rate_but_one_that_has_begun_somewhere_may() -> None:
    fix(TODAY, EUR_USD="1.1")
    assert on("EUR/USD", TODAY + timedelta(days=1)).day == TODAY
    with pytest.raises(ApiError, match="yet to come"):
        on("EUR/USD", TODAY + timedelta(days=2))


def test_what_nobody_fixes_has_no_rate() -> None:
    fix(FRIDAY, EUR_USD="1.1")
    with pytest.raises(ApiError, match="No source fixes USD/VND"):
        on("USD/VND", FRIDAY)


def test_a_correction_counts_from_when_it_was_known() -> None:
    fix(FRIDAY, EUR_USD="1.1", EUR_JPY="160")
    later = NOW + timedelta(hours=3)
    fix(FRIDAY, at=later, EUR_USD="1.2")
    exact = {moment: Fraction(160) / Fraction(rate) for moment, rate in ((NOW, "1.1"), (later, "1.2"))}
    assert on("USD/JPY", FRIDAY).rate == nearly(exact[later])
    for moment, rate in exact.items():
        assert on("USD/JPY", FRIDAY, known_by=moment).rate == nearly(rate)
        assert days(span("USD/JPY", FRIDAY, FRIDAY, moment)) == [(FRIDAY, f"{nearly(rate):f}")]
    with pytest.raises(ApiError):
        on("USD/JPY", FRIDAY, known_by=NOW - timedelta(seconds=1))


def test_a_pair_the_ecb_does_not_state_has_the_rates_of_the_first_source_that_does() -> None:
    fix(FRIDAY, EUR_USD="1.1")
    fix(FRIDAY, "boc", USD_CAD="1.4", VND_CAD="0.00005", EUR_CAD="1.6")
    fix(FRIDAY, "openexchangerates", USD_VND="25400", USD_EUR="0.9")
    assert days(span("EUR/USD", FRIDAY, FRIDAY)) == [(FRIDAY, "1.1")]
    with pytest.raises(ApiError):
        series("USD", "VND", FRIDAY, FRIDAY)
    provider("openexchangerates", priority=60)
    provider("boc", priority=50)
    found = series("USD", "VND", FRIDAY, FRIDAY)
    assert (found.source, days(found.between(FRIDAY, FRIDAY))) == ("boc", [(FRIDAY, "28000")])
    assert on("VND/USD", FRIDAY).rate == nearly(Fraction(1, 28000))
    assert days(span("CAD/VND", FRIDAY, FRIDAY)) == [(FRIDAY, "20000")]


def test_a_series_has_the_same_rates_however_it_is_read() -> None:
    first = FRIDAY - timedelta(days=199)
    both = [age for age in range(200) if age % 7 not in (2, 3) and not 40 < age < 90]
    fill("USD", [FRIDAY - timedelta(days=age) for age in range(200)])
    fill("ISK", [FRIDAY - timedelta(days=age) for age in both])
    whole = days(span("USD/ISK", first, FRIDAY))
    assert [day for day, _ in whole] == [FRIDAY - timedelta(days=age) for age in reversed(both)]
    for chunk in (2, 7, 50):
        assert days(series("USD", "ISK", first, FRIDAY).between(first, FRIDAY, chunk)) == whole
    for day, rate in whole[::40]:
        assert days([on("USD/ISK", day)]) == [(day, rate)]


def fill(quote: str, on_days: list[date]) -> None:
    """Store a rate of its own for each of many days."""
    ReferenceRate.objects.bulk_create(
        ReferenceRate(source="ecb", base="EUR", quote=quote, date=day, rate=day.toordinal(), known_at=NOW)
        for day in on_days
    )


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (Group.DAY, ["2026-10-30", "2026-10-31", "2026-11-02", "2026-11-06", "2026-11-09"]),
        (Group.WEEK, ["2026-10-31", "2026-11-06", "2026-11-09"]),
        (Group.MONTH, ["2026-10-31", "2026-11-09"]),
    ],
)
def test_a_group_has_the_last_fixing_of_each_period(group: Group, expected: list[str]) -> None:
    for text in ("2026-10-30", "2026-10-31", "2026-11-02", "2026-11-06", "2026-11-09"):
        fix(date.fromisoformat(text), EUR_USD=f"1.{text[5:7]}{text[8:]}")
    for chunk in (1, 100):
        found = days(series("EUR", "USD", FRIDAY, TODAY).grouped(group, date(2026, 1, 1), TODAY, chunk))
        assert found == [
            (date.fromisoformat(text), f"1.{text[5:7]}{text[8:]}".rstrip("0")) for text in expected
        ]


def test_twenty_seven_years_are_read_in_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    first = date(1999, 1, 4)
    for quote in ("USD", "JPY"):
        fill(quote, [first + timedelta(days=number) for number in range(7000)])
    with django_assert_max_num_queries(5 + 2 * 8):
        assert sum(1 for _ in series("USD", "JPY", first, TODAY).between(first, TODAY, 1000)) == 7000
