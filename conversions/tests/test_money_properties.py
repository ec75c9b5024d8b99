"""Hold every conversion to what must be true of all of them."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from conversions.money import InvalidAmount, Rounding, Side, convert, fix_other_side, round_money
from conversions.tests.builders import price
from rates.currencies import currency
from rates.price import publish

NEAREST = (Rounding.HALF_EVEN, Rounding.HALF_UP)
AMOUNTS = st.decimals("1", "999999999.99", places=2)
RATES = st.decimals("0.0001", "99999", places=7).map(publish).filter(lambda rate: rate > 0)
CODES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF", "CHF", "XAU"])
MODES = st.sampled_from(list(Rounding))


@given(AMOUNTS, RATES, CODES, CODES, MODES)
def test_there_and_back_loses_at_most_one_minor_unit_each_way(
    amount: Decimal, mid: Decimal, base: str, quote: str, mode: Rounding
) -> None:
    """The exact bound, in the first currency: the error there ÷ rate + the error back.

    An error is half a step for the nearest modes and a whole one for up and down; both ways divide or
    multiply by the same decided number, so nothing else is lost.
    """
    decided = price(f"{base}/{quote}", str(mid))
    amount = round_money(amount, currency(base), Rounding.UP)
    try:
        there = convert(amount, decided, Side.MID, mode).result
        back = convert(there, decided.inverse(), Side.MID, mode).result
    except InvalidAmount:
        return
    lost = abs(Fraction(back) - Fraction(amount))
    assert lost <= _error(quote, mode) / Fraction(mid) + _error(base, mode)


@given(AMOUNTS, AMOUNTS, RATES, CODES, MODES)
def test_a_larger_amount_never_gives_less(
    one: Decimal, other: Decimal, mid: Decimal, quote: str, mode: Rounding
) -> None:
    decided = price(f"GBP/{quote}", str(mid))
    try:
        smaller, larger = (convert(amount, decided, Side.MID, mode) for amount in sorted((one, other)))
    except InvalidAmount:
        return
    assert smaller.result <= larger.result
    assert smaller.result_unrounded <= larger.result_unrounded


@given(AMOUNTS, CODES)
def test_identity_changes_nothing_but_the_rounding(amount: Decimal, code: str) -> None:
    same = convert(amount, price(f"{code}/{code}", "1"), Side.MID, Rounding.UP)
    assert same.result_unrounded == amount
    assert same.result == round_money(amount, currency(code), Rounding.UP)


@given(AMOUNTS, RATES, CODES)
def test_the_fixed_side_converts_forward_to_within_a_step(wanted: Decimal, mid: Decimal, quote: str) -> None:
    decided = price(f"GBP/{quote}", str(mid))
    try:
        done = fix_other_side(wanted, decided, Side.MID, Rounding.HALF_EVEN)
    except InvalidAmount:
        return
    assert abs(Fraction(done.amount) * Fraction(mid) - Fraction(wanted)) <= Fraction(mid) / 200


def _error(code: str, mode: Rounding) -> Fraction:
    known = currency(code)
    step = Fraction(1, 10**known.minor_units)
    if mode is Rounding.CASH:
        return Fraction(known.cash_step or step) / 2
    return step / 2 if mode in NEAREST else step
