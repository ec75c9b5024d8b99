"""Changes and volatility against a reckoning of their own."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rates.volatility import Change, volatility

MINUTE = timedelta(minutes=1)
closes = st.lists(
    st.decimals(min_value="0.0001", max_value="30000", places=6, allow_nan=False), min_size=3, max_size=40
)


@given(closes)
def test_it_is_the_standard_deviation_of_log_returns(found: list[Decimal]) -> None:
    measured = volatility(found, MINUTE)
    expected = stdev(math.log(after / before) for before, after in pairwise(found))
    assert measured is not None
    assert float(measured.stdev) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    year = expected * math.sqrt(260 * 24 * 60) * 100
    assert float(measured.annualised_pct) == pytest.approx(year, rel=1e-9, abs=1e-9)


@given(closes)
def test_the_inverse_pair_is_as_volatile(found: list[Decimal]) -> None:
    straight, turned = volatility(found, MINUTE), volatility([1 / close for close in found], MINUTE)
    assert straight is not None
    assert turned is not None
    assert float(straight.stdev) == pytest.approx(float(turned.stdev), rel=1e-9, abs=1e-12)


def test_it_measures_returns_and_not_levels() -> None:
    assert volatility([Decimal(n) for n in (1, 2, 4, 8)], MINUTE).stdev == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_closes_have_none(count: int) -> None:
    assert volatility([Decimal(1)] * count, MINUTE) is None


@pytest.mark.parametrize(
    ("before", "after", "absolute", "percent"),
    [("1.25", "1.5", "0.25", "20"), ("3", "2", "-1", "-33.3333333333"), ("7", "7", "0", "0")],
)
def test_a_change_is_in_percent_of_where_it_came_from(
    before: str, after: str, absolute: str, percent: str
) -> None:
    assert Change.between(Decimal(before), Decimal(after)) == Change(Decimal(absolute), Decimal(percent))
