"""Serve daily reference rates: of one day, and as a series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rates import schema_daily
from rates.cursors import read_cursor, to_day, write_cursor
from rates.etag import tagged
from rates.listings import PAGING, Listing, ListingView, Marked, listed
from rates.pairs import parse_code
from rates.query import check_order, choice, day, moment, parameters, read_day
from rates.reference_reads import Group, Missing, Observation, Series, on_date, series
from rates.serializers import LIVE, decimal_text

MOST_DAYS = 10_000
_USUAL_SPAN = timedelta(days=365)
_ONE_DAY = timedelta(days=1)


class OnDate(APIView):
    """The reference rate of a day."""

    @extend_schema(**schema_daily.ON_DATE)
    def get(self, request: Request, base: str, quote: str, date: str) -> Response:
        """Show the rate that stands for a day, and of which day it is."""
        asked = parameters(request, {"on_missing", "known_at"})
        missing, known_by = choice(asked, "on_missing", Missing.PREVIOUS), moment(asked, "known_at")
        pair, requested = (parse_code(base), parse_code(quote)), read_day(date, "date")
        today = timezone.now().date()
        found = on_date(*pair, requested, missing=missing, known_by=known_by, today=today)
        return tagged(request, _on_date_object(*pair, requested, *found))


class Daily(ListingView):
    """A series of reference rates."""

    @extend_schema(**schema_daily.DAILY)
    def get(self, request: Request, base: str, quote: str) -> HttpResponseBase:
        """List the reference rates of a span of days."""
        asked = parameters(request, {"from", "to", "group", "known_at"} | PAGING)
        pair = parse_code(base), parse_code(quote)
        listing = _daily(*pair, asked, timezone.now().date())
        return listed(request, asked, listing, usual=MOST_DAYS, most=MOST_DAYS)


def _on_date_object(
    base: str, quote: str, requested: date, source: Series, found: Observation
) -> dict[str, Any]:
    """Write a reference rate; a simulated one says so."""
    shown = {
        "base": base,
        "quote": quote,
        "symbol": f"{base}/{quote}",
        "requested": requested.isoformat(),
        "date": found.day.isoformat(),
        "rate": decimal_text(found.rate),
        "source": source.source or None,
    }
    environment = settings.FX_ENVIRONMENT
    return shown if environment == LIVE else shown | {"environment": environment}


def _daily(base: str, quote: str, asked: Mapping[str, str], today: date) -> Listing:
    """Find whose series is asked for, and of which days."""
    first, last, group = day(asked, "from"), day(asked, "to"), choice(asked, "group", Group.DAY)
    check_order(first, last)
    last = last or today
    first = first or last - _USUAL_SPAN
    # Somewhere the next day has begun; nothing is fixed for one after it.
    end = min(last, today + _ONE_DAY)
    found = series(base, quote, first, end, moment(asked, "known_at"))

    def after(cursor: str | None, chunk: int) -> Iterator[Marked]:
        begin = (
            group.last_day(to_day(*read_cursor(cursor, "d", 1))) + _ONE_DAY if cursor is not None else first
        )
        for each in found.grouped(group, begin, end, chunk):
            row = {"date": each.day.isoformat(), "rate": decimal_text(each.rate)}
            yield write_cursor("d", each.day.toordinal()), row

    return Listing(
        name="series",
        columns=("date", "rate"),
        envelope={"base": base, "quote": quote, "group": group.value},
        pinned={"from": first.isoformat(), "to": last.isoformat()},
        after=after,
    )
