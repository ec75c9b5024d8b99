"""Compute published prices and candles a second time, from raw ticks, in fractions, without the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from statistics import median

MARKET_ORDER = ["EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "CNY", "INR", "JPY"]
MINUTES = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440, "1w": 7 * 1440}
A_MONDAY = datetime(1900, 1, 1, tzinfo=UTC)
# bid, ask and mid; of a source that states a mid alone, three times the same
Sides = tuple[Fraction, Fraction, Fraction]


@dataclass
class Said:
    """What a source says of the dollar's worth in one currency, or of the euro's where it counts in euros."""

    as_of: datetime
    sides: Sides
    has_sides: bool


@dataclass
class Published:
    """One price."""

    pair: str
    as_of: datetime
    sides: Sides


@dataclass
class House:
    """Keep the newest word of every source, and publish what follows from it."""

    currencies: list[str]
    max_age: timedelta
    newest: dict[tuple[str, str], Said] = field(default_factory=dict)
    shown: dict[str, datetime] = field(default_factory=dict)

    def hear(self, source: str, words: dict[str, Said], now: datetime) -> list[Published]:
        """Take the answer of a source, in units per dollar, and publish every pair that it moves."""
        moved = set()
        for currency, said in words.items():
            known = self.newest.get((source, currency))
            if known is None or said.as_of > known.as_of:
                self.newest[source, currency] = said
                moved.add(currency)
        return list(self._publish(moved, now))

    def _publish(self, moved: set[str], now: datetime) -> Iterator[Published]:
        decided = {code: found for code in self.currencies if (found := self._decide(code, now))}
        for pair in combinations(sorted([*self.currencies, "USD"], key=MARKET_ORDER.index), 2):
            legs = [decided.get(code) for code in pair if code != "USD"]
            if not moved & set(pair) or None in legs:
                continue
            as_of = min(leg[1] for leg in legs if leg)
            symbol = "/".join(pair)
            if symbol in self.shown and as_of < self.shown[symbol]:
                continue
            self.shown[symbol] = as_of
            one, other = (decided[code][0] if code != "USD" else (Fraction(1),) * 3 for code in pair)
            if "USD" in pair:
                yield Published(symbol, as_of, other if pair[0] == "USD" else one)
            else:
                yield Published(symbol, as_of, cross(worth(pair[0], one), worth(pair[1], other)))

    def _decide(self, currency: str, now: datetime) -> tuple[Sides, datetime] | None:
        """Take the median of the sources that are not stale, in market orientation."""
        heard = [
            said
            for (_, code), said in self.newest.items()
            if code == currency and now - said.as_of <= self.max_age
        ]
        if not heard:
            return None
        sides = [oriented(currency, said.sides) for said in heard]
        two_sided = [each for each, said in zip(sides, heard, strict=True) if said.has_sides]
        mid = median(mid for _, _, mid in sides)
        bid = min(mid, median(bid for bid, _, _ in two_sided)) if two_sided else mid
        ask = max(mid, median(ask for _, ask, _ in two_sided)) if two_sided else mid
        return (rounded(bid), rounded(ask), rounded(mid)), max(said.as_of for said in heard)


def oriented(currency: str, sides: Sides) -> Sides:
    """Turn units per dollar round where the market puts the currency before the dollar."""
    bid, ask, mid = sides
    before = MARKET_ORDER.index(currency) < MARKET_ORDER.index("USD")
    return (1 / ask, 1 / bid, 1 / mid) if before else sides


def worth(currency: str, sides: Sides) -> Sides:
    """State what a currency is worth in dollars."""
    bid, ask, mid = sides
    before = MARKET_ORDER.index(currency) < MARKET_ORDER.index("USD")
    return sides if before else (1 / ask, 1 / bid, 1 / mid)


def cross(one: Sides, other: Sides) -> Sides:
    """Divide two worths in the worst combination."""
    return rounded(one[0] / other[1]), rounded(one[1] / other[0]), rounded(one[2] / other[2])


def rounded(number: Fraction) -> Fraction:
    """Keep twelve significant digits, half to even, with whole numbers alone."""
    places = 11
    while number * 10**places >= 10**12:
        places -= 1
    while number * 10**places < 10**11:
        places += 1
    scale = Fraction(10) ** places
    return round(number * scale) / scale


def candles(prices: list[Published], interval: str) -> dict[datetime, list[Sides]]:
    """Put the sides of one pair's prices into the buckets of their times."""
    found: dict[datetime, list[Sides]] = {}
    for price in prices:
        minutes = int((price.as_of - A_MONDAY).total_seconds() // 60)
        bucket = A_MONDAY + timedelta(minutes=minutes - minutes % MINUTES[interval])
        found.setdefault(bucket, []).append(price.sides)
    return found
