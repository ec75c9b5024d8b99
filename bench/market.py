"""Make up a year of prices: every pair every ten seconds, for as long each day as the rows reach. Pure.

Prices are whole numbers of hundred-thousandths, candles are folded from them as they come.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rates.candles import Interval

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
STEP_S = 10
HALF_SPREAD = 4
LEVEL = 100_000
_SIZES = list(Interval)


@dataclass(slots=True)
class Bucket:
    """A candle of mids that grows."""

    t: datetime
    o: int
    h: int
    l: int  # noqa: E741  the names of the columns
    c: int
    n: int
    seq: int
    at: datetime

    def grow(self, high: int, low: int, close: int, *, n: int, seq: int, at: datetime) -> None:
        """Take in what came after."""
        self.h, self.l = max(self.h, high), min(self.l, low)
        self.c, self.n, self.seq, self.at = close, self.n + n, seq, at


def runs(rows: int, pairs: int) -> int:
    """Say how many runs a day come to about so many rows a year."""
    return max(1, min(rows // pairs // DAYS, 86_400 // STEP_S))


class Market:
    """Walk every pair through the year, day by day."""

    def __init__(self, pairs: list[int], runs_a_day: int, seed: int = 7) -> None:
        """Take the pairs' keys and how many runs a day has."""
        self._pairs, self._runs_a_day = pairs, runs_a_day
        self._chance = random.Random(seed)
        self._mids = {pair: LEVEL + 1000 * number for number, pair in enumerate(pairs)}
        self._open: dict[Interval, dict[int, Bucket]] = {size: {} for size in _SIZES}
        self._done: list[str] = []
        self.seq = 0

    def days(self) -> Iterator[tuple[list[str], list[str]]]:
        """Give each day's rates and finished candles as lines of COPY; the last day's close all candles."""
        for number in range(DAYS):
            day = BEGIN + timedelta(days=number)
            rates = [line for step in range(self._runs_a_day) for line in self._run(day, step)]
            if number == DAYS - 1:
                self._close(Interval.W1)
            done, self._done = self._done, []
            yield rates, done

    def _run(self, day: datetime, step: int) -> Iterator[str]:
        """Move every pair by a step or two."""
        self.seq += 1
        moment = day + timedelta(seconds=step * STEP_S)
        minute, text = Interval.M1.bucket(moment), moment.isoformat()
        self._close_before(minute)
        moves = self._chance.choices((-3, -2, -1, 1, 2, 3), k=len(self._pairs))
        minutes = self._open[Interval.M1]
        head = f"{int(moment.timestamp() * 1000):012x}7"
        for number, pair in enumerate(self._pairs):
            self._mids[pair] = mid = max(self._mids[pair] + moves[number], LEVEL // 2)
            bucket = minutes.get(pair)
            if bucket is None:
                minutes[pair] = Bucket(minute, mid, mid, mid, mid, 1, self.seq, moment)
            else:
                bucket.grow(mid, mid, mid, n=1, seq=self.seq, at=moment)
            yield (
                f"{head}{number:03x}8{self.seq:015x}\t{pair}\t{self.seq}\t{mid - HALF_SPREAD}e-5\t"
                f"{mid + HALF_SPREAD}e-5\t{mid}e-5\t{text}\tvendor\t{text}\t{text}\tmedian\tEUR/USD\t3\t"
                "0.8\thigh\topen\t6 s\n"
            )

    def _close_before(self, minute: datetime) -> None:
        """Finish the candles that end before a minute, the short ones into the longer ones."""
        if (first := next(iter(self._open[Interval.M1].values()), None)) and first.t != minute:
            last = next(size for size in reversed(_SIZES) if size.bucket(first.t) != size.bucket(minute))
            self._close(last)

    def _close(self, upto: Interval) -> None:
        for size, longer in pairwise([*_SIZES, None]):
            assert size is not None
            for pair, bucket in self._open[size].items():
                self._done.append(_line(pair, size, bucket))
                if longer:
                    self._carry(pair, bucket, longer)
            self._open[size] = {}
            if size is upto:
                return

    def _carry(self, pair: int, bucket: Bucket, longer: Interval) -> None:
        known = self._open[longer].get(pair)
        if known is None:
            self._open[longer][pair] = replace(bucket, t=longer.bucket(bucket.t))
        else:
            known.grow(bucket.h, bucket.l, bucket.c, n=bucket.n, seq=bucket.seq, at=bucket.at)


def _line(pair: int, size: Interval, bucket: Bucket) -> str:
    sides = "\t".join(
        f"{end + half}e-5"
        for half in (0, -HALF_SPREAD, HALF_SPREAD)
        for end in (bucket.o, bucket.h, bucket.l, bucket.c)
    )
    head, tail = f"{pair}\t{size}\t{bucket.t.isoformat()}", f"{bucket.n}\t{bucket.seq}"
    return f"{head}\t{sides}\t{tail}\t{bucket.at.isoformat()}\n"
