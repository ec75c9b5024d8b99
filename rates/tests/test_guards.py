"""A guarded read refuses a price that is older, thinner or wider than its reader allows."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from rates.errors import ApiError
from rates.guards import check_guards
from rates.price import Price
from rates.tests.builders import NOW, price

FOUND: dict[str, Any] = {"symbol": "EUR/USD"}
OLD = price(age=5)  # three sources, 0.8 basis points apart


def check(checked: Price, **limits: str) -> None:
    check_guards(checked, {name: Decimal(text) for name, text in limits.items()}, NOW, FOUND)


def refusal(checked: Price, **limits: str) -> str:
    with pytest.raises(ApiError) as refused:
        check(checked, **limits)
    error = refused.value
    assert (error.code, error.status, error.extra) == ("guard_failed", 409, {"found": FOUND})
    return error.detail


@pytest.mark.parametrize(
    ("guard", "met", "broken"),
    [
        ("max_age", ["5", "5.0", "6", "31536000"], ["4", "4.999", "0"]),
        ("min_sources", ["0", "1", "3"], ["4", "1000"]),
        ("max_dispersion_bps", ["0.8", "1", "1000000"], ["0.7", "0"]),
    ],
)
def test_a_limit_itself_is_still_allowed(guard: str, met: list[str], broken: list[str]) -> None:
    for limit in met:
        check(OLD, **{guard: limit})
    for limit in broken:
        refusal(OLD, **{guard: limit})


def test_an_age_of_half_seconds_is_held_to_half_seconds() -> None:
    check(price(age=2.4), max_age="2.5")
    assert refusal(price(age=2.6), max_age="2.5") == "The price is older than 2.5 s."
    assert refusal(price(age=1), max_age="0.0000000") == "The price is older than 0.0000000 s."


def test_the_refusal_says_which_guard_broke() -> None:
    assert refusal(OLD, min_sources="4") == "The price rests on fewer than 4 sources."
    assert refusal(OLD, max_dispersion_bps="0.7") == "The sources lie more than 0.7 basis points apart."


def test_without_limits_everything_passes() -> None:
    check_guards(replace(OLD, as_of=NOW - timedelta(days=4)), {"max_age": None}, NOW, FOUND)
    check_guards(OLD, {}, NOW, FOUND)


def test_one_needs_no_source_to_be_one() -> None:
    identity = replace(OLD, method="identity", sources=0)
    check(identity, min_sources="3")
