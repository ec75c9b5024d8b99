"""Reckon how far prices moved: changes, and the spread of logarithmic returns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import pairwise

from rates.price import EXACT, publish

ZERO = Decimal(0)
# Returns that are the same differ in the last digits of their logarithms.
_DUST = Decimal("1E-24")
# Two returns are the fewest that can differ.
FEWEST_CLOSES, USUAL_WINDOW, MOST_CLOSES = 3, 20, 500
# The market trades five days of 24 hours in each of 52 weeks.
TRADED_YEAR = timedelta(days=5 * 52)


@dataclass(frozen=True, slots=True)
class Change:
    """How far a price moved, in quote units and in percent of where it came from."""

    absolute: Decimal
    percent: Decimal

    @classmethod
    def between(cls, before: Decimal, after: Decimal) -> Change:
        """Compare two prices."""
        with localcontext(EXACT):
            moved = after - before
            return cls(publish(moved), publish(moved / before * 100))


@dataclass(frozen=True, slots=True)
class Volatility:
    """The sample standard deviation of log returns, and the same for a year in percent."""

    stdev: Decimal
    annualised_pct: Decimal


def volatility(closes: Sequence[Decimal], span: timedelta) -> Volatility | None:
    """Measure the returns from close to close, `span` apart. None for fewer than three closes.

    Source: https://en.wikipedia.org/wiki/Volatility_(finance)#Mathematical_definition
    """
    if len(closes) < FEWEST_CLOSES:
        return None
    with localcontext(EXACT):
        returns = [(after / before).ln() for before, after in pairwise(closes)]
        mean = sum(returns, ZERO) / len(returns)
        variance = sum(((each - mean) ** 2 for each in returns), ZERO) / (len(returns) - 1)
        periods = Decimal(TRADED_YEAR // timedelta(seconds=1)) / Decimal(span // timedelta(seconds=1))
        stdev = variance.sqrt().quantize(_DUST)
        return Volatility(publish(stdev), publish(stdev * periods.sqrt() * 100))
