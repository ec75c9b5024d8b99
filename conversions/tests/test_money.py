"""Hold the arithmetic of a conversion to its exact bounds."""

import ast
import time
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversions import money
from conversions.money import (
    InvalidAmount,
    Rounding,
    Side,
    convert,
    fix_other_side,
    money_text,
    parse_amount,
    round_money,
)
from conversions.tests.bad_amounts import BAD_AMOUNTS
from conversions.tests.builders import price
from rates.currencies import CURRENCIES, currency

MODES = st.sampled_from(list(Rounding))


@pytest.mark.parametrize("text", BAD_AMOUNTS, ids=ascii)
def test_it_refuses_a_bad_amount(text: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_amount(text)
    assert refused.value.reason.startswith("An amount is ")


def test_the_corpus_of_bad_amounts_is_large_and_free_of_doubles() -> None:
    assert len(BAD_AMOUNTS) == len(set(BAD_AMOUNTS)) >= 80


@pytest.mark.parametrize(
    "text", ["1", "0.01", "1000.00", "007", "999999999999999.99999999", "0.00000001", "000000000000001"]
)
def test_it_reads_a_plain_amount_to_the_last_digit(text: str) -> None:
    assert str(parse_amount(text).normalize()) == str(Decimal(text).normalize())


@pytest.mark.parametrize(
    "text", ["9" * 5_000_000, "1E+1000000", "0" * 5_000_000, "1" * 15 + "." + "1" * 5_000_000]
)
def test_it_refuses_long_text_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidAmount):
        parse_amount(text)
    assert time.perf_counter() - start < 0.01


@given(st.text(alphabet="0123456789.eE+-_ NaInfity\u0660\uff11,", max_size=30))
def test_what_it_accepts_is_a_plain_positive_decimal(text: str) -> None:
    try:
        amount = parse_amount(text)
    except InvalidAmount:
        return
    assert set(text) <= set("0123456789.")
    assert amount == Decimal(text) > 0


@pytest.mark.parametrize(
    ("amount", "code", "mode", "expected"),
    [
        ("1.005", "USD", Rounding.HALF_EVEN, "1.00"),
        ("1.015", "USD", Rounding.HALF_EVEN, "1.02"),
        ("1.005", "USD", Rounding.HALF_UP, "1.01"),
        ("1.009", "USD", Rounding.DOWN, "1.00"),
        ("1.001", "USD", Rounding.UP, "1.01"),
        ("1.000", "USD", Rounding.UP, "1.00"),
        ("1.005", "USD", Rounding.CASH, "1.01"),
        ("2.5", "JPY", Rounding.HALF_EVEN, "2"),
        ("2.5", "JPY", Rounding.HALF_UP, "3"),
        ("1.0005", "KWD", Rounding.HALF_EVEN, "1.000"),
        ("1.23456", "CLF", Rounding.DOWN, "1.2345"),
        ("1.2345", "IQD", Rounding.HALF_EVEN, "1.234"),
        ("1.5", "IQD", Rounding.CASH, "2.000"),
        ("1.02499", "CHF", Rounding.CASH, "1.00"),
        ("1.025", "CHF", Rounding.CASH, "1.05"),
        ("1.075", "CHF", Rounding.CASH, "1.10"),
        ("10.25", "DKK", Rounding.CASH, "10.50"),
        ("10.75", "DKK", Rounding.CASH, "11.00"),
        ("10.49", "SEK", Rounding.CASH, "10.00"),
        ("10.50", "SEK", Rounding.CASH, "11.00"),
    ],
)
def test_it_rounds_as_the_mode_says(amount: str, code: str, mode: Rounding, expected: str) -> None:
    assert str(round_money(Decimal(amount), currency(code), mode)) == expected


def test_it_rounds_only_once() -> None:
    just_below = Decimal("1.00499999999999999999999999999999999999999999999")
    assert round_money(just_below, currency("USD"), Rounding.HALF_UP) == Decimal("1.00")
    assert round_money(Decimal("0.02499999999999999999999999999"), currency("CHF"), Rounding.CASH) == 0


@given(st.decimals("0", "99999999999999999999", places=12), st.sampled_from(sorted(CURRENCIES)), MODES)
def test_rounding_moves_an_amount_by_less_than_a_step(amount: Decimal, code: str, mode: Rounding) -> None:
    known = currency(code)
    step = Fraction(known.cash_step or 0) if mode is Rounding.CASH else Fraction(0)
    step = step or Fraction(1, 10**known.minor_units)
    rounded = round_money(amount, known, mode)
    moved = Fraction(rounded) - Fraction(amount)
    assert Fraction(rounded) % step == 0
    assert abs(moved) < step if mode in (Rounding.UP, Rounding.DOWN) else abs(moved) <= step / 2
    assert mode is not Rounding.UP or moved >= 0
    assert mode is not Rounding.DOWN or moved <= 0


def test_it_converts_the_example_of_the_contract() -> None:
    done = convert(Decimal("1000.00"), price(), Side.MID, Rounding.HALF_EVEN)
    assert (done.result, done.result_unrounded, done.rate) == (
        Decimal("1084.36"),
        Decimal("1084.361"),
        Decimal("1.084361"),
    )
    assert done.inverse_rate == Decimal("0.922202107970")


def test_each_side_is_that_field_of_the_price() -> None:
    sided = price(mid="1.084361", bid="1.084320", ask="1.084402")
    rates = [
        convert(Decimal(100), sided, side, Rounding.DOWN).rate for side in (Side.BID, Side.MID, Side.ASK)
    ]
    assert rates == [sided.bid, sided.mid, sided.ask]


def test_it_divides_by_the_decided_price_where_the_inverse_is_wanted() -> None:
    decided = price("USD/VND", "25400.1234567")
    done = convert(Decimal("999999999999999"), decided.inverse(), Side.MID, Rounding.HALF_EVEN)
    exact = Fraction(999999999999999) / Fraction(decided.mid)
    assert abs(Fraction(done.result_unrounded) - exact) < Fraction(1, 10**29)
    assert done.inverse_rate == decided.mid
    assert done.amount * done.rate != done.result_unrounded


def test_selling_into_an_inverse_price_takes_the_other_side_of_the_decided_one() -> None:
    decided = price("USD/JPY", "150.00", bid="149.99", ask="150.01")
    done = convert(Decimal("15001"), decided.inverse(), Side.BID, Rounding.HALF_EVEN)
    assert (done.result, done.inverse_rate) == (Decimal("100.00"), Decimal("150.01"))


def test_it_finds_the_amount_for_a_fixed_result() -> None:
    done = fix_other_side(Decimal("1000"), price("USD/JPY", "150.123"), Side.MID, Rounding.HALF_EVEN)
    assert (done.amount, done.result, done.result_unrounded) == (
        Decimal("6.66"),
        Decimal(1000),
        Decimal(1000),
    )


@pytest.mark.parametrize("mode", [Rounding.HALF_EVEN, Rounding.DOWN, Rounding.CASH])
def test_it_never_gives_nothing_for_something(mode: Rounding) -> None:
    with pytest.raises(InvalidAmount, match="rounds to zero USD"):
        convert(Decimal("0.001"), price("JPY/USD", "0.0066"), Side.MID, mode)
    with pytest.raises(InvalidAmount, match="rounds to zero JPY"):
        fix_other_side(Decimal("0.001"), price("JPY/USD", "0.0066"), Side.MID, mode)


def test_it_refuses_a_result_too_large_to_keep() -> None:
    with pytest.raises(InvalidAmount, match="more than 20 digits"):
        convert(Decimal("999999999999999"), price("XAU/LBP", "400000000"), Side.MID, Rounding.HALF_EVEN)
    with pytest.raises(InvalidAmount, match="more than 20 digits"):
        fix_other_side(Decimal("999999999999999"), price("LBP/XAU", "0.0000000025"), Side.MID, Rounding.UP)


def test_a_context_of_the_caller_changes_nothing() -> None:
    expected = convert(Decimal("123456789012345.12345678"), price(), Side.MID, Rounding.HALF_EVEN)
    with localcontext() as context:
        context.prec = 5
        again = convert(Decimal("123456789012345.12345678"), price(), Side.MID, Rounding.HALF_EVEN)
    assert again == expected


@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        ("1000.00000000", "EUR", "1000.00"),
        ("1000.00000000", "JPY", "1000"),
        ("0.50000000", "EUR", "0.50"),
        ("10.00500000", "EUR", "10.005"),
        ("0.00000001", "JPY", "0.00000001"),
        ("1E+3", "USD", "1000.00"),
    ],
)
def test_money_is_written_with_its_minor_units(amount: str, code: str, text: str) -> None:
    assert money_text(Decimal(amount), currency(code)) == text


def test_no_float_appears_in_the_arithmetic() -> None:
    nodes = list(ast.walk(ast.parse(Path(money.__file__).read_text(encoding="utf-8"))))
    assert not [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in nodes if isinstance(node, ast.Name) and node.id == "float"]
