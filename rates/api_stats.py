"""Serve how far pairs moved: one in detail, or all at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rates import schema_stats
from rates.candles import Interval
from rates.current import tracked_price, tracked_prices
from rates.errors import NoRate
from rates.etag import tagged
from rates.history import Direction
from rates.models import Pair
from rates.pairs import parse_code
from rates.price import EXACT, ONE, Price, publish
from rates.query import choice, parameters, whole_number
from rates.serializers import decimal_text, price_object
from rates.stats import DAY, Extent, extents, last_closes, mids_at, sparks
from rates.volatility import FEWEST_CLOSES, MOST_CLOSES, USUAL_WINDOW, Change, volatility

_SPANS = {"1h": timedelta(hours=1), "24h": DAY, "7d": timedelta(days=7)}


class Stats(APIView):
    """How far a pair moved."""

    @extend_schema(**schema_stats.STATS)
    def get(self, request: Request, base: str, quote: str) -> Response:
        """Show changes, the day's high and low, and volatility."""
        asked, now = parameters(request, {"window", "interval"}), timezone.now()
        window = whole_number(asked, "window", FEWEST_CLOSES, MOST_CLOSES) or USUAL_WINDOW
        interval = choice(asked, "interval", Interval.M1)
        direction = Direction.of(parse_code(base), parse_code(quote), tracked=True)
        return tagged(request, _stats_object(direction, window, interval, now))


class Summary(APIView):
    """How far every tracked pair moved within a day."""

    @extend_schema(**schema_stats.SUMMARY)
    def get(self, request: Request) -> Response:
        """List tracked pairs in symbol order."""
        parameters(request, set())
        _, seq, prices = tracked_prices()
        results = _summaries(prices, timezone.now())
        return tagged(request, {"environment": settings.FX_ENVIRONMENT, "seq": seq, "results": results})


def _stats_object(direction: Direction, window: int, interval: Interval, now: datetime) -> dict[str, Any]:
    """Write what is known of a pair, in the direction asked for. Raises: NoRate before its first price."""
    price = tracked_price(*direction.codes)
    if price is None:
        raise NoRate("/".join(direction.codes))
    pairs = Pair.objects.filter(pk=direction.pair.pk)
    before = mids_at(pairs, {name: now - span for name, span in _SPANS.items()})[direction.pair.pk]
    if direction.inverse:
        before = {name: mid and publish(EXACT.divide(ONE, mid)) for name, mid in before.items()}
    extent = extents(pairs, now - DAY).get(direction.pair.pk)
    return {
        "base": price.base,
        "quote": price.quote,
        "symbol": price.symbol,
        "price": price_object(price, now, settings.FX_ENVIRONMENT),
        "changes": {name: _change_object(mid, price) for name, mid in before.items()},
        **_extent_object(extent, inverse=direction.inverse),
        "volatility": _volatility_object(direction.pair, window, interval, now),
    }


def _volatility_object(pair: Pair, window: int, interval: Interval, now: datetime) -> dict[str, Any]:
    """Write the volatility of the last closes; that of the inverse pair is the same."""
    closes = last_closes(pair, interval, window, now)
    found = volatility(closes, interval.span) if len(closes) == window else None
    return {
        "window": window,
        "stdev_log_returns": decimal_text(found.stdev) if found else None,
        "annualised_pct": decimal_text(found.annualised_pct) if found else None,
    }


def _summaries(prices: list[Price], now: datetime) -> list[dict[str, Any]]:
    """Write every pair's day, with as many queries for all as for one."""
    tracked = Pair.objects.tracked()
    keys = {f"{base}/{quote}": pk for pk, base, quote in tracked.values_list("pk", "base", "quote")}
    pairs = Pair.objects.filter(pk__in=list(keys.values()))
    before, extent, spark = mids_at(pairs, {"24h": now - DAY}), extents(pairs, now - DAY), sparks(pairs, now)
    return [
        {
            "symbol": price.symbol,
            "price": price_object(price, now, settings.FX_ENVIRONMENT),
            **_change_object(before[pk]["24h"], price, suffix="_24h"),
            **_extent_object(extent.get(pk)),
            "spark": [decimal_text(close) for close in spark.get(pk, [])],
        }
        for price in prices
        if (pk := keys.get(price.symbol))
    ]


def _change_object(before: Decimal | None, price: Price, suffix: str = "") -> Mapping[str, str | None]:
    """Write how far a price moved; nulls where it has no past to compare with."""
    change = Change.between(before, price.mid) if before else None
    return {
        f"change{suffix}": decimal_text(change.absolute) if change else None,
        f"change_pct{suffix}": decimal_text(change.percent) if change else None,
    }


def _extent_object(extent: Extent | None, *, inverse: bool = False) -> Mapping[str, str | None]:
    """Write the day's high and low; of the inverse pair the low is one over the high."""
    if extent and inverse:
        extent = Extent(*(publish(EXACT.divide(ONE, mark)) for mark in (extent.low, extent.high)))
    return {
        "high_24h": decimal_text(extent.high) if extent else None,
        "low_24h": decimal_text(extent.low) if extent else None,
    }
