"""Rebasing states what a source said, exactly."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rates.rebase import rebase
from rates.tests.builders import tick

rate = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(50000), places=6)


def test_it_keeps_a_quote_in_market_orientation_as_it_was_said() -> None:
    assert rebase([tick("USD/JPY", "151.847")])["JPY"].sides.mid == Decimal("151.847")


def test_it_turns_a_dollar_based_euro_round_with_its_sides_crossed() -> None:
    euro = rebase([tick("USD/EUR", "0.8", bid="0.79", ask="0.81")])["EUR"].sides
    assert euro.mid == Decimal("1.25")
    assert [f"{side:.6f}" for side in (euro.bid, euro.ask) if side] == ["1.234568", "1.265823"]


def test_it_divides_a_euro_based_yen_by_the_dollar_of_the_same_poll() -> None:
    rebased = rebase([tick("EUR/USD", "1.25"), tick("EUR/JPY", "150")])
    assert rebased["JPY"].sides.mid == Decimal(120)


def test_what_was_divided_is_as_old_as_the_older_of_both() -> None:
    rebased = rebase([tick("EUR/USD", "1.25", age=3600), tick("EUR/JPY", "150", age=1)])
    assert rebased["JPY"].as_of == rebased["EUR"].as_of
    fresh = rebase([tick("EUR/USD", "1.25", age=1), tick("EUR/JPY", "150", age=9)])
    assert fresh["EUR"].as_of - fresh["JPY"].as_of == timedelta(seconds=8)


def test_it_leaves_out_a_tick_whose_base_has_no_dollar_price() -> None:
    assert set(rebase([tick("EUR/JPY", "150"), tick("USD/CHF", "0.9")])) == {"CHF"}


def test_it_reads_a_base_that_is_only_quoted_against_another() -> None:
    rebased = rebase([tick("USD/PLN", "4"), tick("EUR/PLN", "5")])
    assert rebased["EUR"].sides.mid == Decimal("1.25")


@given(dollar=rate, other=rate)
def test_a_rebased_rate_is_the_exact_quotient_to_fifty_digits(dollar: Decimal, other: Decimal) -> None:
    rebased = rebase([tick("EUR/USD", str(dollar)), tick("EUR/AUD", str(other))])["AUD"].sides.mid
    exact = Fraction(dollar) / Fraction(other)
    assert abs(Fraction(rebased) - exact) <= exact / 10**49


@given(mid=rate)
def test_a_rate_turned_round_by_the_vendor_comes_back_to_twelve_digits(mid: Decimal) -> None:
    sides = rebase([tick("USD/EUR", str(mid))])["EUR"].sides
    assert abs(Fraction(sides.mid) * Fraction(mid) - 1) < Fraction(1, 10**48)
