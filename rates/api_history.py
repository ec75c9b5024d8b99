"""Serve the history of a pair: candles, or the published prices themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from rates import schema_history
from rates.candles import Interval
from rates.cursors import from_moment, read_cursor, to_moment, write_cursor
from rates.errors import InvalidRequest, field_error
from rates.history import MOST_HOURS, Direction, Marks, Side, Span, candles, choose_interval, prices
from rates.listings import PAGING, After, Listing, ListingView, Marked, listed
from rates.pairs import parse_code
from rates.price import Price
from rates.query import check_order, choice, moment, parameters, whole_number
from rates.serializers import decimal_text, time_text

TICK = "tick"
CANDLE_COLUMNS = ("t", "o", "h", "l", "c", "n", "complete")
TICK_COLUMNS = ("t", "rate", "bid", "ask", "mid", "seq", "rate_id")
USUAL_POINTS, MOST_POINTS = 500, 5000
_PARAMETERS = {"from", "to", "hours", "interval", "side", "known_at"}
_USUAL_SPAN, _TICK_SPAN = timedelta(hours=24), timedelta(hours=1)


class History(ListingView):
    """The history of a tracked pair, in either direction."""

    @extend_schema(**schema_history.HISTORY)
    def get(self, request: Request, base: str, quote: str) -> HttpResponseBase:
        """List candles, or published prices."""
        asked, now = parameters(request, _PARAMETERS | PAGING), timezone.now()
        listing = _listing(parse_code(base), parse_code(quote), _read_span(asked, now), now)
        return listed(request, asked, listing, usual=USUAL_POINTS, most=MOST_POINTS)


def _read_span(asked: Mapping[str, str], now: datetime) -> Span:
    """Read what is asked for, and complete it from now, or from `known_at`. Raises: InvalidRequest."""
    start, end, known_by = moment(asked, "from"), moment(asked, "to", ends=True), moment(asked, "known_at")
    hours = whole_number(asked, "hours", 1, MOST_HOURS)
    if hours and start:
        raise InvalidRequest([field_error("hours", "conflict", "Give from, or hours.")])
    check_order(start, end)
    end = end or min(now, known_by or now)
    given = asked.get("interval")
    interval = _interval(given) if given is not None else None
    if start is None:
        start = end - (timedelta(hours=hours) if hours else _usual_span(given, interval))
    if given is None:
        interval = choose_interval(end - start, USUAL_POINTS)
    return Span(start, end, interval, choice(asked, "side", Side.MID), known_by)


def _interval(text: str) -> Interval | None:
    """Read an interval; None for `tick`. Raises: InvalidRequest."""
    if text == TICK:
        return None
    try:
        return Interval(text)
    except ValueError:
        known = ", ".join([TICK, *Interval])
        raise InvalidRequest([field_error("interval", "invalid", f"One of {known} is needed.")]) from None


def _usual_span(given: str | None, interval: Interval | None) -> timedelta:
    """Say how far back a history goes when nobody says: a page of candles, an hour of prices, or a day."""
    if interval:
        return interval.span * USUAL_POINTS
    return _USUAL_SPAN if given is None else _TICK_SPAN


def _listing(base: str, quote: str, span: Span, now: datetime) -> Listing:
    """Find the rows of a pair. Raises: ApiError unknown_pair."""
    direction = Direction.of(base, quote)
    name = span.interval.value if span.interval else TICK
    pinned = {"from": _exact(span.start), "to": _exact(span.end), "interval": name}
    envelope = {"base": base, "quote": quote, "interval": name, "side": span.side.value}
    if span.interval is None:
        return Listing("ticks", TICK_COLUMNS, envelope, pinned, _ticks(span, direction))
    rows = _candles(span, direction, span.interval, min(now, span.known_by or now))
    return Listing("candles", CANDLE_COLUMNS, envelope, pinned, rows)


def _candles(span: Span, direction: Direction, interval: Interval, now: datetime) -> After:
    def after(cursor: str | None, chunk: int) -> Iterator[Marked]:
        last = to_moment(*read_cursor(cursor, "c", 1)) if cursor is not None else None
        for marks in candles(direction, span, chunk, last):
            yield write_cursor("c", from_moment(marks.t)), _candle_object(marks, interval, now)

    return after


def _ticks(span: Span, direction: Direction) -> After:
    def after(cursor: str | None, chunk: int) -> Iterator[Marked]:
        last = None
        if cursor is not None:
            at, seq = read_cursor(cursor, "p", 2)
            last = to_moment(at), seq
        for price in prices(direction, span, chunk, last):
            yield write_cursor("p", from_moment(price.as_of), price.seq or 0), _tick_object(price, span.side)

    return after


def _candle_object(marks: Marks, interval: Interval, now: datetime) -> dict[str, Any]:
    bar = marks.bar
    sides = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close}
    written = {name: decimal_text(side) for name, side in sides.items()}
    return {
        "t": time_text(marks.t), **written, "n": marks.n, "complete": interval.is_complete(marks.t, now)
    }  # fmt: skip


def _tick_object(price: Price, side: Side) -> dict[str, Any]:
    """Write a published price; `rate` is the side that was asked for."""
    sides = {name.value: decimal_text(getattr(price, name)) for name in Side}
    return {
        "t": time_text(price.as_of),
        "rate": sides[side],
        "bid": sides["bid"],
        "ask": sides["ask"],
        "mid": sides["mid"],
        "seq": price.seq,
        "rate_id": str(price.rate_id),
    }


def _exact(moment: datetime) -> str:
    """Write a time with every digit it has."""
    return moment.isoformat().replace("+00:00", "Z")
