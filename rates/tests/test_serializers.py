"""One price shape, exactly as the contract has it, and a wire form that loses nothing."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.base import Basis
from rates.price import Price
from rates.serializers import (
    decimal_text,
    from_wire,
    inputs_object,
    price_object,
    time_text,
    to_wire,
)
from rates.tests.builders import NOW, decided, price

RATE_ID = UUID("0194f1d2-0000-7000-8000-000000000001")
PLAIN = re.compile(r"\d+(\.\d+)?")
numbers = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(1, 10**12 - 1),
    st.integers(-29, 8),
)
moments = st.datetimes(datetime(1999, 1, 4), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
codes = st.sampled_from(["EUR", "USD", "JPY", "XAU"])


def prices() -> st.SearchStrategy[Price]:
    return st.builds(
        Price,
        base=codes,
        quote=codes,
        bid=numbers,
        ask=numbers,
        mid=numbers,
        as_of=moments,
        as_of_basis=st.sampled_from(Basis),
        received_at=moments,
        method=st.sampled_from(["median", "cross"]),
        path=st.lists(codes, min_size=1, max_size=3).map(tuple),
        sources=st.integers(0, 9),
        dispersion_bps=st.decimals(0, 10**9, places=1),
        confidence=st.sampled_from(["high", "low"]),
        max_age=st.timedeltas(timedelta(0), timedelta(days=400)),
        market=st.sampled_from(["open", "closed"]),
        seq=st.none() | st.integers(1, 2**53),
        rate_id=st.none() | st.uuids(),
    )


def test_a_price_looks_exactly_as_the_contract_says() -> None:
    published = replace(price(bid="1.084320", ask="1.084402"), seq=184_467, rate_id=RATE_ID)
    assert price_object(published, NOW, "live") == {
        "base": "EUR",
        "quote": "USD",
        "symbol": "EUR/USD",
        "bid": "1.084320",
        "ask": "1.084402",
        "mid": "1.084361",
        "spread": "0.000082",
        "as_of": "2026-11-20T14:08:09.000Z",
        "as_of_basis": "vendor",
        "received_at": "2026-11-20T14:08:09.000Z",
        "stale": False,
        "grade": "fresh",
        "confidence": "high",
        "market": "open",
        "method": "median",
        "path": ["EUR", "USD"],
        "sources": 3,
        "dispersion_bps": "0.8",
        "seq": 184_467,
        "rate_id": "0194f1d2-0000-7000-8000-000000000001",
    }


def test_a_price_that_was_not_published_has_no_place_and_no_id() -> None:
    assert not {"seq", "rate_id"} & price_object(price(), NOW, "live").keys()


def test_a_simulated_price_says_so_and_a_live_one_is_silent() -> None:
    assert price_object(price(), NOW, "demo")["environment"] == "demo"
    assert "environment" not in price_object(price(), NOW, "live")


def test_without_sides_the_spread_is_a_bare_zero() -> None:
    assert price_object(price(mid="1.50"), NOW, "live")["spread"] == "0"


@pytest.mark.parametrize(
    ("age", "grade", "stale"),
    [(9, "fresh", False), (10, "aging", False), (20, "stale", True), (100, "expired", True)],
)
def test_the_grade_is_that_of_the_moment_it_is_shown(age: float, grade: str, stale: bool) -> None:
    shown = price_object(price(age=age), NOW, "live")
    assert (shown["grade"], shown["stale"]) == (grade, stale)


FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)  # the market closes


@pytest.mark.parametrize(
    ("seen", "shown", "grade", "market"),
    [
        (-5, -1, "fresh", "open"),
        (-5, 1, "fresh", "closed"),
        (-5, 40 * 3600, "fresh", "closed"),
        (-15, 3600, "aging", "closed"),
        (-3600, 3600, "expired", "closed"),
        (3600, 7200, "fresh", "closed"),
        (-5, 49 * 3600, "expired", "open"),
    ],
)
def test_while_the_market_is_closed_a_price_does_not_age(
    seen: int, shown: int, grade: str, market: str
) -> None:
    last = replace(price(), as_of=FRIDAY + timedelta(seconds=seen))
    found = price_object(last, FRIDAY + timedelta(seconds=shown), "live")
    assert (found["grade"], found["market"]) == (grade, market)


def test_a_simulated_market_never_closes() -> None:
    saturday = FRIDAY + timedelta(days=1)
    found = price_object(replace(price(), as_of=FRIDAY), saturday, "demo")
    assert (found["grade"], found["market"]) == ("expired", "open")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+15", "1000000000000000"),
        ("1.23456789012E+15", "1234567890120000"),
        ("1E-9", "0.000000001"),
        ("1.23456789012E-18", "0.00000000000000000123456789012"),
        ("0E-30", "0.000000000000000000000000000000"),
        ("25400", "25400"),
        ("1.084320", "1.084320"),
    ],
)
def test_numbers_are_plain_decimals_whatever_their_size(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text


@given(prices())
def test_no_number_of_a_price_is_an_exponent_or_a_float(any_price: Price) -> None:
    shown = price_object(replace(any_price, ask=max(any_price.bid, any_price.ask)), NOW, "live")
    numbers = {name: shown[name] for name in ("bid", "ask", "mid", "spread", "dispersion_bps")}
    assert all(PLAIN.fullmatch(text) for text in numbers.values() if not text.startswith("-")), numbers
    assert not any(isinstance(shown[name], float) for name in shown)
    assert json.loads(json.dumps(shown)) == shown


@given(prices())
def test_the_spread_is_exact_in_whatever_context_it_is_asked_for(any_price: Price) -> None:
    with localcontext(prec=3):
        shown = price_object(any_price, NOW, "live")
    with localcontext(prec=60):
        assert Decimal(shown["spread"]) == any_price.ask - any_price.bid


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 20, 14, 8, 10, 120_999, UTC), "2026-11-20T14:08:10.120Z"),
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20T00:00:00.000Z"),
        (datetime(2026, 11, 20, 23, tzinfo=timezone(timedelta(hours=9))), "2026-11-20T14:00:00.000Z"),
        (datetime(1999, 1, 4, tzinfo=UTC), "1999-01-04T00:00:00.000Z"),
    ],
)
def test_times_have_milliseconds_and_a_z(moment: datetime, text: str) -> None:
    assert time_text(moment) == text


@given(prices())
def test_the_wire_loses_nothing_of_a_price(any_price: Price) -> None:
    assert from_wire(msgpack.unpackb(msgpack.packb(to_wire(any_price)))) == any_price


@given(prices())
def test_the_wire_keeps_what_an_inverse_was_made_from(any_price: Price) -> None:
    inverse = any_price.inverse()
    read = from_wire(to_wire(inverse))
    assert read == inverse
    assert read.inverse() == any_price
    assert read.convert_back(Decimal(1), "mid") == any_price.mid


def test_the_inputs_say_what_every_source_said_and_why_it_counted() -> None:
    leg = decided(EUR="1.084361")["EUR"]
    refused = replace(leg.sources[0], provider="ecb", used=False, reason="reference")
    shown = inputs_object([replace(leg, sources=(*leg.sources, refused))], NOW)
    assert shown[0] == {
        "symbol": "EUR/USD",
        "provider": "fixer",
        "bid": None,
        "ask": None,
        "mid": "1.084361",
        "as_of": "2026-11-20T14:08:09.000Z",
        "as_of_basis": "vendor",
        "received_at": "2026-11-20T14:08:09.500Z",
        "age_ms": 1000,
        "weight": "1",
        "used": True,
        "reason": None,
    }
    assert (shown[1]["provider"], shown[1]["used"], shown[1]["reason"]) == ("ecb", False, "reference")
