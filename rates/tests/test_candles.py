"""Candles: their buckets, what prices fold to, and that the table says the same as the fold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as some
from pytest_django.fixtures import DjangoAssertNumQueries

from rates.candles import Bar, CandleShape, Interval, fold
from rates.models import Candle, Rate
from rates.price import Price
from rates.tests.builders import NOW, price
from rates.tests.scene import fixed, provider, run, said, set_up

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def at(second: float, mid: str = "1.25", half_spread: str = "0.01") -> Price:
    """Build a price of so many seconds after NOW."""
    side, half = Decimal(mid), Decimal(half_spread)
    made = price("EUR/USD", mid, str(side - half), str(side + half))
    return replace(made, as_of=NOW + timedelta(seconds=second))


@pytest.mark.parametrize(
    ("interval", "start"),
    [
        ("1m", "2026-11-20T14:08:00Z"),
        ("5m", "2026-11-20T14:05:00Z"),
        ("15m", "2026-11-20T14:00:00Z"),
        ("1h", "2026-11-20T14:00:00Z"),
        ("4h", "2026-11-20T12:00:00Z"),
        ("1d", "2026-11-20T00:00:00Z"),
        ("1w", "2026-11-16T00:00:00Z"),
    ],
)
def test_a_bucket_starts_on_the_round_time_of_its_interval(interval: str, start: str) -> None:
    assert Interval(interval).bucket(NOW) == datetime.fromisoformat(start)


def test_a_bucket_holds_its_first_moment_and_not_its_end() -> None:
    assert Interval.W1.bucket(MONDAY) == MONDAY
    assert Interval.W1.bucket(MONDAY - timedelta(microseconds=1)) == MONDAY - timedelta(days=7)
    assert not Interval.W1.is_complete(MONDAY, MONDAY + timedelta(days=7, microseconds=-1))
    assert Interval.W1.is_complete(MONDAY, MONDAY + timedelta(days=7))


def test_a_bucket_of_before_the_origin_starts_before_what_it_holds() -> None:
    long_ago = datetime(1999, 1, 4, 15, tzinfo=UTC)
    assert Interval.W1.bucket(long_ago) == datetime(1999, 1, 4, tzinfo=UTC)


def test_prices_fold_to_open_high_low_close_of_every_side() -> None:
    (candle,) = fold([at(0, "1.25"), at(1, "1.28"), at(2, "1.21"), at(3, "1.26")], Interval.M1)
    assert candle.t == datetime(2026, 11, 20, 14, 8, tzinfo=UTC)
    assert candle.mid == Bar(*map(Decimal, ("1.25", "1.28", "1.21", "1.26")))
    assert candle.bid == Bar(*map(Decimal, ("1.24", "1.27", "1.20", "1.25")))
    assert candle.ask == Bar(*map(Decimal, ("1.26", "1.29", "1.22", "1.27")))
    assert candle.n == 4


def test_there_is_no_candle_where_there_was_no_price() -> None:
    assert fold([], Interval.M1) == []
    minutes = [candle.t.minute for candle in fold([at(0), at(600)], Interval.M1)]
    assert minutes == [8, 18]


def test_a_price_of_an_earlier_bucket_closes_that_bucket() -> None:
    first, second = fold([at(0, "1.25"), at(60, "1.26"), at(1, "1.3")], Interval.M1)
    assert (first.mid.close, first.n) == (Decimal("1.3"), 2)
    assert (second.mid.close, second.n) == (Decimal("1.26"), 1)


mids = some.decimals("0.0001", "99999", places=6)
walks = some.lists(some.tuples(some.integers(0, 7 * 86_400), mids), min_size=1, max_size=30).map(
    lambda steps: [at(second, str(mid), "0.00001") for second, mid in sorted(steps, key=lambda step: step[0])]
)


@given(walks)
def test_minutes_merged_are_the_candle_of_the_week(prices: list[Price]) -> None:
    merged: dict[datetime, CandleShape] = {}
    for minute in fold(prices, Interval.M1):
        week = Interval.W1.bucket(minute.t)
        begun = merged.get(week)
        merged[week] = begun.merge(minute) if begun else replace(minute, t=week)
    assert list(merged.values()) == fold(prices, Interval.W1)


@given(walks)
def test_the_inverse_of_a_candle_is_the_candle_of_the_inverse_prices(prices: list[Price]) -> None:
    turned = fold([each.inverse() for each in prices], Interval.H4)
    assert [candle.inverse() for candle in fold(prices, Interval.H4)] == turned


def stored(interval: Interval = Interval.M1, symbol: str = "EUR/USD") -> list[CandleShape]:
    base, quote = symbol.split("/")
    rows = Candle.objects.filter(pair__base=base, pair__quote=quote, interval=interval).order_by("t")
    return [row.as_shape() for row in rows]


def folded(interval: Interval, symbol: str = "EUR/USD") -> list[CandleShape]:
    base, quote = symbol.split("/")
    rates = Rate.objects.filter(pair__base=base, pair__quote=quote).order_by("seq").select_related("pair")
    return fold([rate.as_price() for rate in rates], interval)


@pytest.mark.django_db
def test_every_run_grows_the_candles_of_its_pairs_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_up("EUR/USD", "GBP/USD", "EUR/GBP")
    provider()
    for second, mid in enumerate(("0.8", "0.78125", "0.82", "0.8")):
        moment = NOW + timedelta(seconds=50 * second)
        run(said(at=moment, EUR=mid, GBP="0.64"), moment)
    for symbol in ("EUR/USD", "GBP/USD", "EUR/GBP"):
        for interval in Interval:
            assert stored(interval, symbol) == folded(interval, symbol)
    assert [(candle.mid.high, candle.n) for candle in stored(Interval.D1)] == [(Decimal("1.28"), 4)]
    rates = list(Rate.objects.filter(seq=4))
    with django_assert_num_queries(1):
        Candle.objects.grow(rates)


@pytest.mark.django_db
def test_a_candle_says_with_which_run_and_when_it_last_grew() -> None:
    set_up("EUR/USD")
    provider()
    for second in range(3):
        moment = NOW + timedelta(seconds=second)
        run(said(at=moment, behind=1, EUR="0.8"), moment)
    candle = Candle.objects.get(interval="1m")
    assert (candle.last_seq, candle.n, candle.recorded_at) == (3, 3, NOW + timedelta(seconds=2))


@pytest.mark.django_db
def test_a_fixing_goes_into_the_bucket_of_its_day() -> None:
    set_up("EUR/USD")
    provider("ecb")
    day = NOW - timedelta(days=1)
    run(fixed(day, at=NOW, USD="1.25"))
    assert [candle.t for candle in stored()] == [datetime(2026, 11, 19, tzinfo=UTC)]


@pytest.mark.django_db
def test_a_late_tick_changes_no_candle() -> None:
    set_up("EUR/USD")
    provider()
    run(said(EUR="0.8"))
    before = stored()
    assert run(said(behind=1, EUR="0.5"), NOW + timedelta(seconds=1)) == []
    assert stored() == before


@pytest.mark.django_db
def test_the_table_refuses_a_candle_that_cannot_be() -> None:
    set_up("EUR/USD")
    provider()
    run(said(EUR="0.8"))
    with pytest.raises(IntegrityError, match="candle_ask_within"):
        Candle.objects.filter(interval="1d").update(ask_h=Decimal("1.2"))
