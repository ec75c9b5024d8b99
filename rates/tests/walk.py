"""Publish a random walk of one pair at given moments, and reckon by Fractions what its candles have to be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from rates.models import Pair, RunCounter
from rates.services import record
from rates.tests.builders import price

MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
SPANS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400, "1w": 604800}


@dataclass(frozen=True, slots=True)
class Said:
    """One published price, as the test remembers it."""

    as_of: datetime
    recorded_at: datetime
    bid: str
    ask: str
    mid: str
    seq: int


def moments(start: datetime, count: int, longest: float, seed: int = 7) -> list[datetime]:
    """Draw rising moments with gaps of up to `longest` seconds; a few of them are the same."""
    draw, at, found = random.Random(seed), start, []
    for _ in range(count):
        at += timedelta(milliseconds=draw.choice([0, 1, 1, 1, 1]) * draw.randrange(int(longest * 1000)))
        found.append(at)
    return found


def publish_walk(symbol: str, times: Sequence[datetime], seed: int = 7, delay: float = 0.5) -> list[Said]:
    """Publish a price at each time, recorded `delay` seconds later."""
    draw, level, said = random.Random(seed), 1.084361, []
    base, quote = symbol.split("/")
    pair, counter = Pair.objects.get(base=base, quote=quote), RunCounter.objects.get()
    for at in times:
        level *= 1 + draw.gauss(0, 0.0004)
        mid, half = f"{level:.9f}", draw.randrange(1, 60)
        bid, ask = (f"{Decimal(mid) + sign * half * Decimal('1E-6')}" for sign in (-1, 1))
        made = replace(price(symbol, mid, bid, ask), as_of=at, received_at=at)
        (stored,) = record([(pair, made)], counter, at + timedelta(seconds=delay))
        assert stored.seq is not None
        said.append(Said(at, at + timedelta(seconds=delay), bid, ask, mid, stored.seq))
    return said


def bucket(at: datetime, interval: str) -> datetime:
    """Find the start of a bucket by whole seconds since a Monday."""
    seconds = int((at - MONDAY).total_seconds() // SPANS[interval]) * SPANS[interval]
    return MONDAY + timedelta(seconds=seconds)


def nearly(exact: Fraction) -> Decimal:
    """Round a fraction to twelve significant digits, half even, by whole numbers alone."""
    digits = len(str(exact.numerator // exact.denominator)) if exact >= 1 else 0
    while exact < 1 and exact * 10 ** (1 - digits) < 1:
        digits -= 1
    places = 12 - digits
    return Decimal(round(exact * 10**places)).scaleb(-places).normalize()


def expected(said: Sequence[Said], interval: str, side: str, *, inverse: bool = False) -> list[list[object]]:
    """Reckon candles `[t, o, h, l, c, n]` with the numbers as texts."""
    column = {"mid": "mid", "bid": "ask", "ask": "bid"}[side] if inverse else side
    buckets: dict[datetime, list[Fraction]] = {}
    for one in said:
        number = Fraction(getattr(one, column))
        buckets.setdefault(bucket(one.as_of, interval), []).append(1 / number if inverse else number)
    return [
        [stamp(t), *(f"{nearly(mark):f}" for mark in (n[0], max(n), min(n), n[-1])), len(n)]
        for t, n in sorted(buckets.items())
    ]


def stamp(at: datetime) -> str:
    """Write a time as the API does."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
