"""Hold the shapes of pricing: what a source said, what was decided, what a price is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    localcontext,
)
from typing import TYPE_CHECKING
from uuid import UUID

from providers.adapters.base import Basis

if TYPE_CHECKING:
    from rates.case import Case

PIVOT = "USD"
ONE = Decimal(1)
EXACT = Context(
    prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation]
)
_PUBLISHED = Context(prec=12, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# Prices by somebody's order say so in both directions.
ORDERED = frozenset({"manual", "peg"})
_ORDER = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "CNY", "INR", "JPY")
# As far as two honest clocks may be apart.
CLOCKS_APART = timedelta(minutes=2)
_AGEING, _STALE, _EXPIRED = 1, 2, 10


def orient(one: str, other: str) -> tuple[str, str]:
    """Put two currencies in market orientation: the market's base comes first."""

    def rank(code: str) -> tuple[int, str]:
        return (_ORDER.index(code), "") if code in _ORDER else (len(_ORDER), code)

    first, second = sorted((one, other), key=rank)
    return first, second


def publish(number: Decimal) -> Decimal:
    """Round once to the 12 significant digits of a published price, half even, without trailing zeros."""
    return _PUBLISHED.plus(number).normalize(EXACT)


@dataclass(frozen=True, slots=True)
class Sides:
    """Bid, ask and mid of the same thing; bid and ask are None where a source states a mid only."""

    mid: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None

    def inverse(self) -> Sides:
        """Turn units of B per A into units of A per B; the sides change places."""
        bid, ask = (ONE / side if side is not None else None for side in (self.ask, self.bid))
        return Sides(ONE / self.mid, bid, ask)

    def per(self, other: Sides) -> Sides:
        """Divide by another thing in the same unit, in the worst combination for whoever trades."""
        bid = self.bid / other.ask if self.bid is not None and other.ask is not None else None
        ask = self.ask / other.bid if self.ask is not None and other.bid is not None else None
        return Sides(self.mid / other.mid, bid, ask)


@dataclass(frozen=True, slots=True)
class Source:
    """One source's part in a decision: what it said after rebasing, and whether it counted, or why not.

    With `identity` it was reached through a rate of exactly one between two currencies.
    """

    provider: str
    sides: Sides
    as_of: datetime
    as_of_basis: Basis
    received_at: datetime
    weight: Decimal = ONE
    used: bool = True
    reason: str | None = None
    identity: bool = False

    @property
    def observed(self) -> datetime:
        """Say when it saw its price: never after we had it, however far ahead its clock is."""
        return min(self.as_of, self.received_at)

    def left_out(self, reason: str) -> Source:
        """Give the source as one that does not count, and why."""
        return replace(self, used=False, reason=reason)


@dataclass(frozen=True, slots=True)
class Decision:
    """The house's view of one currency against the pivot, or of a pair that is decided by itself.

    It stands in market orientation. `via` names the anchor of a price by a peg where that is not the pivot;
    `asked` is what was decided from.
    """

    base: str
    quote: str
    bid: Decimal
    ask: Decimal
    mid: Decimal
    as_of: datetime
    as_of_basis: Basis
    received_at: datetime
    method: str
    dispersion_bps: Decimal
    confidence: str
    sources: tuple[Source, ...]
    via: Decision | None = None
    asked: Case | None = field(default=None, compare=False, repr=False)

    @property
    def currency(self) -> str:
        """Name the currency that is decided, or the symbol of a pair that is decided by itself."""
        if PIVOT not in (self.base, self.quote):
            return f"{self.base}/{self.quote}"
        return self.quote if self.base == PIVOT else self.base

    @property
    def used(self) -> int:
        """Count the sources that made the price; those of the anchor make a price by a peg."""
        return self.via.used if self.via else sum(source.used for source in self.sources)

    @property
    def path(self) -> tuple[str, ...]:
        """Name the currencies from the one that is decided to the pivot."""
        return (self.currency, self.via.currency, PIVOT) if self.via else (self.currency, PIVOT)

    def in_pivot(self) -> Sides:
        """Say what one unit of the currency is worth in the pivot."""
        sides = Sides(self.mid, self.bid, self.ask)
        return sides.inverse() if self.base == PIVOT else sides


@dataclass(frozen=True, slots=True)
class Price:
    """What the house says: quote units per one base. `seq` and `rate_id` are None until published."""

    base: str
    quote: str
    bid: Decimal
    ask: Decimal
    mid: Decimal
    as_of: datetime
    as_of_basis: Basis
    received_at: datetime
    method: str
    path: tuple[str, ...]
    sources: int
    dispersion_bps: Decimal
    confidence: str
    max_age: timedelta
    market: str = "open"
    seq: int | None = None
    rate_id: UUID | None = None
    inverse_of: Price | None = field(default=None, compare=False, repr=False)
    legs: tuple[Decision, ...] = field(default=(), compare=False, repr=False)

    @property
    def symbol(self) -> str:
        """Write the pair as `EUR/USD`."""
        return f"{self.base}/{self.quote}"

    def grade(self, now: datetime, traded: datetime | None = None) -> str:
        """Grade by age: fresh, aging from one `max_age`, stale from two, expired from ten.

        Nothing ages after `traded`, the last moment of an open market. What is of a time that is yet to come
        was priced by a clock gone wrong: nobody knows how old it is.
        """
        if self.as_of - now > CLOCKS_APART:
            return "expired"
        age = (traded or now) - self.as_of
        if age < _AGEING * self.max_age:
            return "fresh"
        if age < _STALE * self.max_age:
            return "aging"
        return "stale" if age < _EXPIRED * self.max_age else "expired"

    def inverse(self) -> Price:
        """State the same decision the other way round; it keeps its place in the stream."""
        if self.inverse_of:
            return self.inverse_of
        with localcontext(EXACT):
            bid, ask, mid = publish(ONE / self.ask), publish(ONE / self.bid), publish(ONE / self.mid)
        return replace(
            self,
            base=self.quote,
            quote=self.base,
            bid=bid,
            ask=ask,
            mid=mid,
            path=self.path[::-1],
            method=self.method if len(self.path) > 2 or self.method in ORDERED else "inverse",
            inverse_of=self,
        )

    def convert(self, amount: Decimal, side: str) -> Decimal:
        """Turn an amount of the base into the quote at `mid`, `bid` or `ask`, unrounded.

        Where the price is the inverse of a decided one it divides by that: a rounded inverse of a rate
        like 25,400 is wrong in the ninth digit.
        """
        with localcontext(EXACT):
            rate, divides = self._factor(side)
            return amount / rate if divides else amount * rate

    def convert_back(self, amount: Decimal, side: str) -> Decimal:
        """Find the amount of the base that is worth an amount of the quote, unrounded."""
        with localcontext(EXACT):
            rate, divides = self._factor(side)
            return amount * rate if divides else amount / rate

    def _factor(self, side: str) -> tuple[Decimal, bool]:
        """Find the decided number behind a side, and whether it is to be divided by."""
        if self.inverse_of is None:
            return {"mid": self.mid, "bid": self.bid, "ask": self.ask}[side], False
        decided = self.inverse_of
        return {"mid": decided.mid, "bid": decided.ask, "ask": decided.bid}[side], True
