"""Deciding and deriving: what counts, what comes out, and that it closes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.base import Basis
from providers.fields import RATE_DECIMALS, RATE_DIGITS, fits
from rates.case import Rules
from rates.price import Decision, Price, Source, orient
from rates.pricing import decide, derive
from rates.tests.builders import NOW, RULES, case, decided, source, tick

MAX_AGE = timedelta(seconds=10)


def euro(*sources: Source, **given: Any) -> Decision | None:
    return decide(case(*sources, **given))


def pair(base: str, quote: str, decisions: dict[str, Decision]) -> Price:
    price = derive(base, quote, decisions, max_age=MAX_AGE, now=NOW)
    assert price is not None
    return price


def test_it_takes_the_median_of_three_sources() -> None:
    said = [
        source(tick(mid=mid, provider=key))
        for key, mid in (("fixer", "1.1"), ("oxr", "1.3"), ("free", "1.2"))
    ]
    decision = euro(*said)
    assert decision is not None
    assert decision.mid == Decimal("1.2")
    assert decision.used == 3
    assert decision.dispersion_bps == Decimal("1666.7")
    assert decision.confidence == "low"


def test_it_takes_the_mean_of_two_sources() -> None:
    decision = euro(source(tick(mid="1.1")), source(tick(mid="1.1002", provider="oxr")))
    assert decision is not None
    assert decision.mid == Decimal("1.1001")
    assert decision.confidence == "high"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (tick(age=11, provider="oxr"), "stale"),
        (tick(age=-121, provider="oxr"), "future"),
        (tick(bid="1.2", ask="1.1", mid="1.15", provider="oxr"), "crossed"),
        (tick(mid="-1", provider="oxr"), "not_positive"),
    ],
    ids=["stale", "future", "crossed", "not_positive"],
)
def test_it_leaves_a_bad_tick_out_and_says_why(bad: object, reason: str) -> None:
    decision = euro(source(tick(mid="1.1")), source(bad))  # type: ignore[arg-type]
    assert decision is not None
    assert decision.mid == Decimal("1.1")
    assert [(s.provider, s.used, s.reason) for s in decision.sources] == [
        ("fixer", True, None),
        ("oxr", False, reason),
    ]


def test_a_daily_fixing_is_a_reference_beside_an_intraday_source() -> None:
    fixing = source(tick(mid="1.5", provider="ecb", age=86_000, basis=Basis.DATE))
    decision = euro(fixing, source(tick(mid="1.1")))
    assert decision is not None
    assert decision.mid == Decimal("1.1")
    assert {s.provider: s.reason for s in decision.sources} == {"ecb": "reference", "fixer": None}


def test_a_daily_fixing_alone_makes_a_price_that_says_its_day() -> None:
    decision = euro(source(tick(mid="1.5", provider="ecb", age=86_000, basis=Basis.DATE)))
    assert decision is not None
    assert decision.as_of_basis is Basis.DATE
    assert decision.used == 1


def test_there_is_no_price_from_nothing() -> None:
    assert euro() is None
    assert euro(source(tick(age=11))) is None
    assert derive("EUR", "JPY", decided(EUR="1.1"), max_age=MAX_AGE, now=NOW) is None


def test_sides_come_from_the_sources_that_state_them() -> None:
    two_sided = source(tick(mid="1.1000", bid="1.0999", ask="1.1001", provider="oxr"))
    decision = euro(two_sided, source(tick(mid="1.1000")), source(tick(mid="1.1000", provider="free")))
    assert decision is not None
    assert (decision.bid, decision.mid, decision.ask) == (
        Decimal("1.0999"),
        Decimal("1.1"),
        Decimal("1.1001"),
    )


def test_the_mid_never_lies_outside_its_sides() -> None:
    two_sided = source(tick(mid="1.2000", bid="1.1999", ask="1.2001", provider="oxr"))
    decision = euro(two_sided, source(tick(mid="1.1")), source(tick(mid="1.1", provider="free")))
    assert decision is not None
    assert decision.bid <= decision.mid <= decision.ask


def test_the_vendors_clock_goes_before_ours() -> None:
    ours = source(tick(provider="free", age=0, basis=Basis.RECEIVED))
    decision = euro(ours, source(tick(age=3)))
    assert decision is not None
    assert (decision.as_of, decision.as_of_basis) == (NOW - timedelta(seconds=3), Basis.VENDOR)


def test_a_clock_that_is_ahead_cannot_have_seen_what_we_had_not_received() -> None:
    decision = euro(source(tick(provider="free", age=-100)), source(tick(age=3)))
    assert decision is not None
    assert (decision.as_of, decision.as_of_basis) == (NOW - timedelta(seconds=0.5), Basis.VENDOR)
    assert [s.as_of for s in decision.sources if s.provider == "free"] == [NOW + timedelta(seconds=100)]


def test_primary_takes_the_most_trusted_healthy_source_alone() -> None:
    rules = RULES | {"oxr": Rules(priority=10, max_age=timedelta(seconds=10))}
    said = [source(tick(mid="1.1")), source(tick(mid="1.101", provider="oxr"))]
    decision = euro(*said, rules=rules, method="primary")
    assert decision is not None
    assert decision.mid == Decimal("1.101")
    assert [(s.provider, s.reason) for s in decision.sources] == [("oxr", None), ("fixer", "not_primary")]


@pytest.mark.parametrize("mid", ["1E-30", "9.99E-10", "1.01E+9", "1E+19"])
def test_it_leaves_out_what_no_currency_is_worth(mid: str) -> None:
    decision = euro(source(tick(mid="1.1")), source(tick(mid=mid, provider="oxr")))
    assert decision is not None
    assert decision.mid == Decimal("1.1")
    assert {s.provider: s.reason for s in decision.sources} == {"fixer": None, "oxr": "out_of_range"}


def test_an_absurd_source_cannot_make_the_dispersion_too_wide_to_store() -> None:
    said = [
        source(tick(mid=mid, provider=key))
        for key, mid in (("fixer", "1E-8"), ("oxr", "1.3E+8"), ("free", "7E-9"))
    ]
    lenient = {"max_dispersion_bps": Decimal("1E+30"), "max_deviation_bps": Decimal("1E+30")}
    decision = euro(*said, **lenient)
    assert decision is not None
    assert decision.used == 3
    assert decision.dispersion_bps == Decimal("1000000000.0")


@given(st.lists(st.decimals(Decimal("1E-9"), Decimal("1E+9")), min_size=4, max_size=4))
def test_the_widest_cross_still_fits_its_column(stated: list[Decimal]) -> None:
    bids, asks = sorted(stated[:2]), sorted(stated[2:])
    legs = {}
    for code, (low, high) in {"EUR": bids, "JPY": asks}.items():
        symbol = "EUR/USD" if code == "EUR" else "USD/JPY"
        said = source(tick(symbol, str(low), bid=str(low), ask=str(high)), currency=code)
        decision = decide(case(said, currency=code, max_dispersion_bps=Decimal("1E+30")))
        assert decision is not None
        legs[code] = decision
    cross = pair("EUR", "JPY", legs)
    sides = (cross.bid, cross.ask, cross.mid, cross.ask - cross.bid)
    assert all(fits(side, RATE_DIGITS, RATE_DECIMALS) for side in sides)


def test_a_cross_says_its_path_and_takes_the_weaker_legs_marks() -> None:
    decisions = decided(AUD="0.6573", CAD="1.3695")
    cross = pair("AUD", "CAD", decisions)
    assert cross.path == ("AUD", "USD", "CAD")
    assert cross.method == "cross"
    assert f"{cross.mid:.6f}" == "0.900172"


def test_a_pair_with_itself_is_exactly_one() -> None:
    assert pair("USD", "USD", {}).mid == 1


def test_inverting_swaps_the_sides_and_converts_by_the_decided_rate() -> None:
    dong = pair("USD", "VND", decided(VND="25400")).inverse()
    assert dong.bid <= dong.mid <= dong.ask
    assert dong.method == "inverse"
    assert dong.convert(Decimal("25400000000"), "mid") == Decimal(1_000_000)
    assert dong.convert_back(Decimal(1), "mid") == Decimal(25400)


@pytest.mark.parametrize(
    ("age", "grade"),
    [(0, "fresh"), (9.9, "fresh"), (10, "aging"), (20, "stale"), (99, "stale"), (100, "expired")],
)
def test_the_grade_follows_the_age(age: float, grade: str) -> None:
    price = pair("EUR", "USD", decided(EUR="1.1"))
    assert price.grade(price.as_of + timedelta(seconds=age)) == grade


def test_a_price_of_a_time_that_is_yet_to_come_is_expired() -> None:
    price = pair("EUR", "USD", decided(EUR="1.1"))
    assert price.grade(price.as_of - timedelta(minutes=2)) == "fresh"
    assert price.grade(price.as_of - timedelta(minutes=2, seconds=1)) == "expired"
    assert price.grade(price.as_of, price.as_of - timedelta(days=1)) == "fresh"


@pytest.mark.parametrize(
    ("one", "other", "symbol"),
    [
        ("USD", "EUR", "EUR/USD"),
        ("JPY", "INR", "INR/JPY"),
        ("SEK", "NOK", "NOK/SEK"),
        ("NOK", "JPY", "JPY/NOK"),
    ],
)
def test_pairs_stand_in_market_orientation(one: str, other: str, symbol: str) -> None:
    assert "/".join(orient(one, other)) == symbol
