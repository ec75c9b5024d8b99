"""Read what was published of a pair: its prices one by one, or its candles, as known now or at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce

from django.db.models import Q

from rates.candles import Bar, CandleShape, Interval, fold
from rates.current import check_environment
from rates.errors import ApiError
from rates.models import Candle, CandleQuerySet, Pair, Rate
from rates.price import EXACT, Price

MOST_HOURS = 720
_MICROSECOND = timedelta(microseconds=1)


class Side(StrEnum):
    """Name what of a price is asked for."""

    MID = "mid"
    BID = "bid"
    ASK = "ask"

    @property
    def other(self) -> Side:
        """Name the side of a pair that makes this side of its inverse."""
        return {Side.MID: Side.MID, Side.BID: Side.ASK, Side.ASK: Side.BID}[self]


@dataclass(frozen=True, slots=True)
class Direction:
    """A pair that has a history, and whether it was asked for the other way round."""

    pair: Pair
    inverse: bool

    @classmethod
    def of(cls, base: str, quote: str, *, tracked: bool = False) -> Direction:
        """Find the pair of two currencies: one that is `tracked` now, or one that was, too.

        Raises: ApiError unknown_pair, WrongEnvironment.
        """
        check_environment()
        either = Q(base=base, quote=quote) | Q(base=quote, quote=base)
        pair, symbol = Pair.objects.filter(either).first(), f"{base}/{quote}"
        if pair is None:
            detail = f"{symbol} is not tracked, so it has no history; /rates/{symbol} has its price."
            raise ApiError("unknown_pair", 404, detail)
        if tracked and not pair.tracked:
            detail = f"{symbol} is tracked no more; /rates/{symbol}/history has its past."
            raise ApiError("unknown_pair", 404, detail)
        return cls(pair, inverse=pair.base_id != base)

    @property
    def codes(self) -> tuple[str, str]:
        """Name base and quote as they were asked for."""
        codes = self.pair.base_id, self.pair.quote_id
        return codes[::-1] if self.inverse else codes


@dataclass(frozen=True, slots=True)
class Span:
    """What of a history is asked for: of `end` itself nothing; without an interval the prices themselves."""

    start: datetime
    end: datetime
    interval: Interval | None = None
    side: Side = Side.MID
    known_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """A candle of one side: its bucket's start, open, high, low, close and the number of its prices."""

    t: datetime
    bar: Bar
    n: int


def choose_interval(length: timedelta, points: int) -> Interval:
    """Choose the shortest candles of which a span of time has at most so many; else the longest."""
    return next((each for each in Interval if -(-length // each.span) <= points), Interval.W1)


def candles(direction: Direction, span: Span, chunk: int, after: datetime | None = None) -> Iterator[Marks]:
    """Give one side of the candles whose buckets start in a span, reading `chunk` of them at a time.

    `after` is the bucket of the one before the first.
    """
    assert span.interval
    start = max(span.start, after + _MICROSECOND) if after else span.start
    read = _stored if span.known_by is None else _known
    while start < span.end:
        last, found = read(direction, replace(span, start=start), chunk)
        yield from found
        start = last + span.interval.span if last else span.end


def _stored(direction: Direction, span: Span, chunk: int) -> tuple[datetime | None, list[Marks]]:
    """Read a chunk of candles as they are, and the bucket of the last one if more may follow."""
    rows = list(_rows(direction, span).of_side(span.side.other if direction.inverse else span.side)[:chunk])
    bars = [Bar(*(mark.normalize(EXACT) for mark in row[1:5])) for row in rows]
    turned = [bar.inverse() for bar in bars] if direction.inverse else bars
    found = [Marks(row[0], bar, row[5]) for row, bar in zip(rows, turned, strict=True)]
    return rows[-1][0] if len(rows) == chunk else None, found


def _known(direction: Direction, span: Span, chunk: int) -> tuple[datetime | None, list[Marks]]:
    """Read a chunk of candles as they were at a moment, without what was published after it."""
    assert span.known_by
    rows = list(_rows(direction, replace(span, end=min(span.end, span.known_by + _MICROSECOND)))[:chunk])
    shapes = [shape for row in rows if (shape := _as_known(row, span.known_by))]
    turned = [shape.inverse() for shape in shapes] if direction.inverse else shapes
    found = [Marks(shape.t, shape.side(span.side), shape.n) for shape in turned]
    return rows[-1].t if len(rows) == chunk else None, found


def _rows(direction: Direction, span: Span) -> CandleQuerySet:
    assert span.interval
    return Candle.objects.between(direction.pair, span.interval, span.start, span.end)


def _as_known(candle: Candle, known_by: datetime) -> CandleShape | None:
    """Take a candle as it is if it has not grown since; else put it together from shorter ones, or prices.

    None when nothing of it was known. Nothing is published before the market has it, so buckets that begin
    after the moment need no look.
    """
    if candle.recorded_at <= known_by:
        return candle.as_shape()
    if candle.t > known_by:
        return None
    interval = Interval(candle.interval)
    if interval is Interval.M1:
        parts = fold(_known_prices(candle, known_by), interval)
    else:
        shorter = list(Interval)[list(Interval).index(interval) - 1]
        inside = Candle.objects.filter(pair=candle.pair_id, interval=shorter, t__lte=known_by)
        rows = inside.filter(t__gte=candle.t, t__lt=candle.t + interval.span).order_by("t")
        parts = [part for row in rows if (part := _as_known(row, known_by))]
    return replace(reduce(CandleShape.merge, parts), t=candle.t) if parts else None


def _known_prices(candle: Candle, known_by: datetime) -> Iterator[Price]:
    """Read a minute's prices that were published by a moment."""
    inside = Rate.objects.filter(
        pair=candle.pair_id, as_of__gte=candle.t, as_of__lt=candle.t + Interval.M1.span
    )
    known = inside.filter(recorded_at__lte=known_by).order_by("seq").select_related("pair")
    return (rate.as_price() for rate in known)


def prices(
    direction: Direction, span: Span, chunk: int, after: tuple[datetime, int] | None = None
) -> Iterator[Price]:
    """Give the published prices of a span of the market's time, in the order of their publication.

    `after` is the time and `seq` of the one before the first.
    """
    rates = Rate.objects.filter(pair=direction.pair, as_of__lt=span.end).order_by("as_of", "seq")
    rates = rates.filter(recorded_at__lte=span.known_by) if span.known_by else rates
    at, seq = (max(span.start, after[0]), after[1]) if after else (span.start, 0)
    while True:
        rows = list(rates.filter(Q(as_of__gt=at) | Q(seq__gt=seq), as_of__gte=at)[:chunk])
        for rate in rows:
            rate.pair = direction.pair
            yield rate.as_price().inverse() if direction.inverse else rate.as_price()
        if len(rows) < chunk:
            return
        at, seq = rows[-1].as_of, rows[-1].seq
