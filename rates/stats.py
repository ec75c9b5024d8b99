"""Read where pairs came from: earlier prices, highs, lows, closes. All take as many queries as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from rates.candles import ORIGIN, Interval
from rates.models import Candle, Pair, PairQuerySet, Rate
from rates.price import EXACT

DAY = timedelta(hours=24)
_SPARK_STEP, _SPARK_POINTS = timedelta(minutes=30), 48
# Closes twice as far apart as they should be, a long weekend not counted, say nothing of their interval.
_WEEKEND = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Extent:
    """The highest and the lowest of some prices."""

    high: Decimal
    low: Decimal

    def merge(self, other: Extent) -> Extent:
        """Take both together."""
        return Extent(max(self.high, other.high), min(self.low, other.low))


def mids_at(pairs: PairQuerySet, moments: Mapping[str, datetime]) -> dict[int, dict[str, Decimal | None]]:
    """Find each pair's price as it stood at some moments, by name. None where nothing came before."""
    standing = {f"at_{name}": _standing(moment) for name, moment in moments.items()}
    found = pairs.annotate(**standing).values_list("pk", *standing)
    return {pk: dict(zip(moments, map(_plain, mids), strict=True)) for pk, *mids in found}


def _standing(moment: datetime) -> Coalesce:
    """Find the newest price of a pair up to a moment: one of that minute, else the close of one before.

    Minutes outlast the prices they are made of.
    """
    minute = Interval.M1.bucket(moment)
    of_pair = {"pair": OuterRef("pk")}
    prices = Rate.objects.filter(**of_pair, as_of__gte=minute, as_of__lte=moment).order_by("-as_of", "-seq")
    closes = Candle.objects.filter(**of_pair, interval=Interval.M1, t__lt=minute).order_by("-t")
    return Coalesce(Subquery(prices.values("mid")[:1]), Subquery(closes.values("mid_c")[:1]))


def extents(pairs: PairQuerySet, start: datetime) -> dict[int, Extent]:
    """Find each pair's highest and lowest price since a moment; a pair without one is left out.

    Whole hours are read as candles, the rest of the first hour as minutes, and that of its first minute
    price by price.
    """
    minute, hour = (_next(interval, start) for interval in (Interval.M1, Interval.H1))
    candles = Candle.objects.filter(pair__in=pairs)
    marks = {"high": Max("mid_h"), "low": Min("mid_l")}
    parts = [
        Rate.objects.filter(pair__in=pairs, as_of__gte=start, as_of__lt=minute)
        .values_list("pair")
        .annotate(high=Max("mid"), low=Min("mid")),
        candles.filter(interval=Interval.M1, t__gte=minute, t__lt=hour).values_list("pair").annotate(**marks),
        candles.filter(interval=Interval.H1, t__gte=hour).values_list("pair").annotate(**marks),
    ]
    found: dict[int, Extent] = {}
    for pk, high, low in (row for part in parts for row in part.order_by()):
        extent = Extent(high.normalize(EXACT), low.normalize(EXACT))
        found[pk] = found[pk].merge(extent) if pk in found else extent
    return found


def sparks(pairs: PairQuerySet, now: datetime) -> dict[int, list[Decimal]]:
    """List each pair's last price of every half hour of a day that has one, the current one at the end."""
    first = ORIGIN + (now - ORIGIN) // _SPARK_STEP * _SPARK_STEP - (_SPARK_POINTS - 1) * _SPARK_STEP
    closes = Candle.objects.filter(pair__in=pairs, interval=Interval.M15, t__gte=first, t__lte=now)
    found: dict[int, dict[int, Decimal]] = {}
    for pk, t, close in closes.order_by("pair", "t").values_list("pair", "t", "mid_c"):
        found.setdefault(pk, {})[(t - first) // _SPARK_STEP] = close.normalize(EXACT)
    return {pk: list(points.values()) for pk, points in found.items()}


def last_closes(pair: Pair, interval: Interval, window: int, now: datetime) -> Sequence[Decimal]:
    """Give the last closes of buckets that are over, the earliest first.

    Fewer than `window` where there is not enough history, or not at this interval: closes that lie far
    apart for it are left out.
    """
    earliest = now - 2 * window * interval.span - _WEEKEND
    over = Candle.objects.filter(pair=pair, interval=interval, t__gte=earliest, t__lte=now - interval.span)
    closes = over.order_by("-t").values_list("mid_c", flat=True)[:window]
    return [close.normalize(EXACT) for close in closes][::-1]


def _next(interval: Interval, moment: datetime) -> datetime:
    """Find the first bucket that does not start before a moment."""
    bucket = interval.bucket(moment)
    return bucket if bucket == moment else bucket + interval.span


def _plain(mid: Decimal | None) -> Decimal | None:
    return None if mid is None else mid.normalize(EXACT)
