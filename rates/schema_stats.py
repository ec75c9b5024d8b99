"""Describe how far pairs moved for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from rates.candles import Interval
from rates.schema import UNCHANGED, PriceShape, answers, number_in_query
from rates.schema_daily import PAIR
from rates.volatility import FEWEST_CLOSES, MOST_CLOSES, USUAL_WINDOW


class ChangeShape(serializers.Serializer[Any]):
    """How far the mid moved; null where nothing was published that long ago."""

    change = serializers.CharField(allow_null=True)
    change_pct = serializers.CharField(allow_null=True)


class ChangesShape(serializers.Serializer[Any]):
    """How far the mid moved within an hour, a day and a week."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add fields that no attribute can be called."""
        return {name: ChangeShape() for name in ("1h", "24h", "7d")}


class VolatilityShape(serializers.Serializer[Any]):
    """The sample standard deviation of the log returns between the last `window` closes.

    Buckets that are not over do not count; null where there are not so many. A year is 260 days of 24 hours.
    """

    window = serializers.IntegerField()
    stdev_log_returns = serializers.CharField(allow_null=True)
    annualised_pct = serializers.CharField(allow_null=True)


class StatsShape(serializers.Serializer[Any]):
    """How far a pair moved, of the mids that were published."""

    base = serializers.CharField()
    quote = serializers.CharField()
    symbol = serializers.CharField()
    price = PriceShape()
    changes = ChangesShape()
    high_24h = serializers.CharField(allow_null=True)
    low_24h = serializers.CharField(allow_null=True)
    volatility = VolatilityShape()


class SummaryShape(serializers.Serializer[Any]):
    """A pair's day; `spark` has the last mid of each half hour that has one, at most 48."""

    symbol = serializers.CharField()
    price = PriceShape()
    change_24h = serializers.CharField(allow_null=True)
    change_pct_24h = serializers.CharField(allow_null=True)
    high_24h = serializers.CharField(allow_null=True)
    low_24h = serializers.CharField(allow_null=True)
    spark = serializers.ListField(child=serializers.CharField(), max_length=48)


class SummariesShape(serializers.Serializer[Any]):
    """Every tracked pair's day."""

    environment = serializers.ChoiceField(["live", "demo"])
    seq = serializers.IntegerField()
    results = SummaryShape(many=True)


STATS: dict[str, Any] = {
    "operation_id": "rates_stats",
    "parameters": [
        *PAIR,
        number_in_query(
            "window",
            "How many closes volatility is measured over.",
            FEWEST_CLOSES,
            MOST_CLOSES,
            default=USUAL_WINDOW,
        ),
        OpenApiParameter(
            "interval", str, enum=list(Interval), default=Interval.M1, description="How far apart closes are."
        ),
    ],
    "responses": answers(StatsShape, 400, 404) | UNCHANGED,
}
SUMMARY: dict[str, Any] = {
    "operation_id": "rates_summary",
    "responses": answers(SummariesShape, 400) | UNCHANGED,
}
