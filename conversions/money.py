"""Read amounts, convert them at a price and round them once. Pure: prices and modes come in as arguments."""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from enum import StrEnum

from rates.currencies import Currency, currency
from rates.price import EXACT, ONE, Price, publish

LONGEST = len("123456789012345.12345678")
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")
_UNROUNDED_PLACES = 30
_TOO_BIG = Decimal(10) ** 20


class InvalidAmount(ValueError):
    """Say why an amount cannot be converted."""

    def __init__(self, reason: str) -> None:
        """Keep the reason as a sentence for the caller."""
        super().__init__(reason)
        self.reason = reason


class Side(StrEnum):
    """Name the side of the price that applies: who sells `from` gets the bid."""

    MID = "mid"
    BID = "bid"
    ASK = "ask"


class Rounding(StrEnum):
    """Name the ways to round a result to what can be paid."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"
    CASH = "cash"


_MODES = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.CASH: ROUND_HALF_UP,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """Both amounts of a conversion and the rates between them.

    `result_unrounded` has at most 30 decimals. `rate` is the price's side as it is shown; where the price
    is the inverse of a decided one, `inverse_rate` is that decided number and the amount was divided by it.
    """

    amount: Decimal
    result: Decimal
    result_unrounded: Decimal
    rate: Decimal
    inverse_rate: Decimal


def parse_amount(text: str) -> Decimal:
    """Read a positive plain decimal of ASCII digits, at most 15 before and 8 after the point.

    The text is judged as text, so nothing that is expensive to calculate with is ever calculated with.

    Raises: InvalidAmount.
    """
    if len(text) > LONGEST or not _AMOUNT.fullmatch(text):
        raise InvalidAmount(
            "An amount is a plain decimal with at most 15 digits before the point and 8 after."
        )
    if not text.strip("0."):
        raise InvalidAmount("An amount is greater than zero.")
    return Decimal(text)


def round_money(amount: Decimal, money: Currency, mode: Rounding) -> Decimal:
    """Round an amount below 10^20 to the currency's minor units, or with `cash` to its cash step.

    Cash is rounded to the nearest step and a tie goes up, as at the till: Danish and Swedish law send 25 øre
    and 50 öre upwards, and CLDR, which gives the step, says nothing of ties.
    Source: https://www.unicode.org/reports/tr35/tr35-numbers.html#Supplemental_Currency_Data
    """
    with localcontext(EXACT):
        unit = ONE.scaleb(-money.minor_units)
        if mode is Rounding.CASH and money.cash_step is not None:
            amount = _nearest(amount, money.cash_step)
        return amount.quantize(unit, rounding=_MODES[mode])


def convert(amount: Decimal, price: Price, side: Side, rounding: Rounding) -> Exchange:
    """Turn an amount of the price's base into its quote.

    Raises: InvalidAmount when the result is too large to keep or rounds to nothing.
    """
    unrounded = _bounded(price.convert(amount, side))
    result = _payable(round_money(unrounded, currency(price.quote), rounding), price.quote)
    return _exchange(price, side, amount, result, unrounded)


def fix_other_side(to_amount: Decimal, price: Price, side: Side, rounding: Rounding) -> Exchange:
    """Find how much of the price's base is worth `to_amount` of its quote, which stands as the result.

    Raises: InvalidAmount when the amount is too large to keep or rounds to nothing.
    """
    unrounded = _bounded(price.convert_back(to_amount, side))
    amount = _payable(round_money(unrounded, currency(price.base), rounding), price.base)
    return _exchange(price, side, amount, to_amount, to_amount)


def money_text(amount: Decimal, money: Currency) -> str:
    """Write an amount with its currency's minor units, and more decimals only where it has them."""
    places = max(money.minor_units, -_exponent(amount))
    with localcontext(EXACT):
        return format(amount.quantize(ONE.scaleb(-places)), "f")


def _exchange(price: Price, side: Side, amount: Decimal, result: Decimal, unrounded: Decimal) -> Exchange:
    with localcontext(EXACT):
        kept = unrounded.quantize(ONE.scaleb(-_UNROUNDED_PLACES))
        rate = {Side.MID: price.mid, Side.BID: price.bid, Side.ASK: price.ask}[side]
        return Exchange(amount, result, kept, rate, _inverse_rate(price, side, rate))


def _inverse_rate(price: Price, side: Side, rate: Decimal) -> Decimal:
    """Find the decided number behind an inverse price, or divide."""
    decided = price.inverse_of
    if decided is None:
        return publish(ONE / rate)
    found = {Side.MID: decided.mid, Side.BID: decided.ask, Side.ASK: decided.bid}[side]
    assert found is not None
    return found


def _nearest(amount: Decimal, step: Decimal) -> Decimal:
    """Round to a multiple of the step; the remainder is exact where a quotient would not be."""
    whole, rest = divmod(amount, step)
    return (whole + (rest >= step / 2)) * step


def _bounded(amount: Decimal) -> Decimal:
    if amount >= _TOO_BIG:
        raise InvalidAmount("The other side of this conversion has more than 20 digits before the point.")
    return amount


def _payable(amount: Decimal, code: str) -> Decimal:
    if not amount:
        raise InvalidAmount(f"The other side of this conversion rounds to zero {code}.")
    return amount


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize(EXACT).as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
