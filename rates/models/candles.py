"""Store candles over published prices, one row per pair, interval and bucket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import connection, models
from django.db.models import F, Q

from providers.fields import RateField, positive
from rates.candles import ORIGIN, Bar, CandleShape, Interval
from rates.models.pairs import Pair
from rates.models.published import Rate
from rates.price import EXACT

# One statement grows every candle of a run; a bucket without one gets its first. Runs follow one another,
# so the price that comes last is the close.
_GROW = """
WITH said AS (
    SELECT * FROM unnest(
        %(pairs)s::bigint[], %(times)s::timestamptz[], %(mids)s::numeric[], %(bids)s::numeric[],
        %(asks)s::numeric[]
    ) AS rate (pair_id, as_of, mid, bid, ask)
)
INSERT INTO rates_candle AS known (
    pair_id, interval, t, mid_o, mid_h, mid_l, mid_c, bid_o, bid_h, bid_l, bid_c, ask_o, ask_h, ask_l, ask_c,
    n, last_seq, recorded_at
)
SELECT pair_id, name, date_bin(span, as_of, %(origin)s), mid, mid, mid, mid, bid, bid, bid, bid,
    ask, ask, ask, ask, 1, %(seq)s, %(recorded_at)s
FROM said CROSS JOIN unnest(%(names)s::text[], %(spans)s::interval[]) AS size (name, span)
ON CONFLICT (pair_id, interval, t) DO UPDATE SET
    mid_h = greatest(known.mid_h, excluded.mid_h), mid_l = least(known.mid_l, excluded.mid_l),
    bid_h = greatest(known.bid_h, excluded.bid_h), bid_l = least(known.bid_l, excluded.bid_l),
    ask_h = greatest(known.ask_h, excluded.ask_h), ask_l = least(known.ask_l, excluded.ask_l),
    mid_c = excluded.mid_c, bid_c = excluded.bid_c, ask_c = excluded.ask_c,
    n = known.n + 1, last_seq = excluded.last_seq, recorded_at = excluded.recorded_at
"""
_SIZES = {"names": [str(each) for each in Interval], "spans": [each.span for each in Interval]}


class CandleQuerySet(models.QuerySet["Candle"]):
    """Verbs for reading and growing candles."""

    def between(self, pair: Pair, interval: Interval, start: datetime, end: datetime) -> Self:
        """Keep a pair's candles whose buckets start in a span of time, the earliest first."""
        return self.filter(pair=pair, interval=interval, t__gte=start, t__lt=end).order_by("t")

    def of_side(self, side: str) -> models.QuerySet[Candle, tuple[Any, ...]]:
        """Read `t`, open, high, low, close and `n` of `mid`, `bid` or `ask`, without making rows of them."""
        return self.values_list("t", *(f"{side}_{end}" for end in "ohlc"), "n")

    def grow(self, rates: Sequence[Rate]) -> None:
        """Take the rates of one run, one per pair, into the candles of every interval."""
        run: dict[str, Any] = {"seq": rates[0].seq, "recorded_at": rates[0].recorded_at, "origin": ORIGIN}
        columns = {
            "pairs": [rate.pair_id for rate in rates],
            "times": [rate.as_of for rate in rates],
            "mids": [rate.mid for rate in rates],
            "bids": [rate.bid for rate in rates],
            "asks": [rate.ask for rate in rates],
        }
        with connection.cursor() as cursor:
            cursor.execute(_GROW, run | columns | _SIZES)


def _within(side: str) -> models.CheckConstraint:
    """Check that a side's low and high hold its open and close between them."""
    low, high = F(f"{side}_l"), F(f"{side}_h")
    between = Q(**{f"{side}_{end}__gte": low for end in "oc"}, **{f"{side}_{end}__lte": high for end in "oc"})
    sound = positive(f"{side}_l") & positive(f"{side}_h") & between
    return models.CheckConstraint(condition=sound, name=f"candle_{side}_within")


class Candle(models.Model):
    """The prices published of a pair in one bucket: per side open, high, low, close.

    `recorded_at` is when it last grew. Its key is what it is looked up by, and the table's only index: there
    are as many updates as there are prices, seven times over.
    """

    pk = models.CompositePrimaryKey("pair", "interval", "t")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="candles", db_index=False)
    interval = models.CharField(max_length=3, choices=[(each.value, each.value) for each in Interval])
    t = models.DateTimeField()
    mid_o = RateField()
    mid_h = RateField()
    mid_l = RateField()
    mid_c = RateField()
    bid_o = RateField()
    bid_h = RateField()
    bid_l = RateField()
    bid_c = RateField()
    ask_o = RateField()
    ask_h = RateField()
    ask_l = RateField()
    ask_c = RateField()
    n = models.PositiveIntegerField()
    last_seq = models.PositiveBigIntegerField()
    recorded_at = models.DateTimeField()

    objects = CandleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [_within("mid"), _within("bid"), _within("ask")]

    def __str__(self) -> str:
        return f"{self.pair_id} {self.interval} {self.t:%Y-%m-%d %H:%M}"

    def as_shape(self) -> CandleShape:
        """Give the candle as prices fold to it."""
        mid, bid, ask = (self._bar(side) for side in ("mid", "bid", "ask"))
        return CandleShape(self.t, mid, bid, ask, self.n)

    def _bar(self, side: str) -> Bar:
        return Bar(*(getattr(self, f"{side}_{end}").normalize(EXACT) for end in "ohlc"))
