"""Fold published prices into candles. Pure.

Buckets are UTC, weeks start on Monday, and there is no candle without a price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Protocol

from rates.price import EXACT, ONE, publish

# A Monday at midnight: every bucket is a whole number of spans away from it.
ORIGIN = datetime(2001, 1, 1, tzinfo=UTC)


class Interval(StrEnum):
    """The lengths of candles, the shortest first."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"
    W1 = "1w"

    @property
    def span(self) -> timedelta:
        """Say how long a candle lasts."""
        return _SPANS[self]

    def bucket(self, moment: datetime) -> datetime:
        """Find the start of the bucket that a moment falls into, in UTC."""
        return ORIGIN + (moment - ORIGIN) // self.span * self.span

    def is_complete(self, t: datetime, now: datetime) -> bool:
        """Say whether the bucket that starts at `t` is over."""
        return t + self.span <= now


_SPANS = {
    Interval.M1: timedelta(minutes=1),
    Interval.M5: timedelta(minutes=5),
    Interval.M15: timedelta(minutes=15),
    Interval.H1: timedelta(hours=1),
    Interval.H4: timedelta(hours=4),
    Interval.D1: timedelta(days=1),
    Interval.W1: timedelta(weeks=1),
}


class Priced(Protocol):
    """What a candle is made of: a price, or the row of one."""

    @property
    def as_of(self) -> datetime:
        """Say when the market had it."""

    @property
    def mid(self) -> Decimal:
        """State the middle."""

    @property
    def bid(self) -> Decimal:
        """State what is paid for the base."""

    @property
    def ask(self) -> Decimal:
        """State what the base costs."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The first, highest, lowest and last of one side."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    @classmethod
    def of(cls, side: Decimal) -> Bar:
        """Begin with one number."""
        return cls(side, side, side, side)

    def merge(self, later: Bar) -> Bar:
        """Continue with what came after."""
        return Bar(self.open, max(self.high, later.high), min(self.low, later.low), later.close)

    def inverse(self) -> Bar:
        """State it the other way round, in published digits: the lowest becomes the highest."""
        with localcontext(EXACT):
            return Bar(*(publish(ONE / side) for side in (self.open, self.low, self.high, self.close)))


@dataclass(frozen=True, slots=True)
class CandleShape:
    """What was published of one pair in the bucket that starts at `t`, from `n` prices."""

    t: datetime
    mid: Bar
    bid: Bar
    ask: Bar
    n: int

    @classmethod
    def of(cls, price: Priced, interval: Interval) -> CandleShape:
        """Begin with one price."""
        return cls(interval.bucket(price.as_of), Bar.of(price.mid), Bar.of(price.bid), Bar.of(price.ask), 1)

    def merge(self, later: CandleShape) -> CandleShape:
        """Continue with what was published after; the bucket stays that of the first."""
        return replace(
            self,
            mid=self.mid.merge(later.mid),
            bid=self.bid.merge(later.bid),
            ask=self.ask.merge(later.ask),
            n=self.n + later.n,
        )

    def inverse(self) -> CandleShape:
        """State the candle of the inverse pair; bid and ask change places."""
        return replace(self, mid=self.mid.inverse(), bid=self.ask.inverse(), ask=self.bid.inverse())

    def side(self, name: str) -> Bar:
        """Give the bar of `mid`, `bid` or `ask`."""
        return {"mid": self.mid, "bid": self.bid, "ask": self.ask}[name]


def fold(prices: Iterable[Priced], interval: Interval) -> list[CandleShape]:
    """Make the candles of one pair from its prices, given in the order of their publication."""
    candles: dict[datetime, CandleShape] = {}
    for price in prices:
        candle = CandleShape.of(price, interval)
        known = candles.get(candle.t)
        candles[candle.t] = known.merge(candle) if known else candle
    return [candles[t] for t in sorted(candles)]
