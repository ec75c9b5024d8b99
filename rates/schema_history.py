"""Describe the history of pairs for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework import serializers

from rates.candles import Interval
from rates.history import MOST_HOURS, Side
from rates.schema import number_in_query
from rates.schema_daily import KNOWN_AT, PAIR, as_rows, paging, span

INTERVALS = ["tick", *(each.value for each in Interval)]


class CandleShape(serializers.Serializer[Any]):
    """One side of the prices published in a bucket of time that starts at `t`."""

    t = serializers.DateTimeField()
    o = serializers.CharField()
    h = serializers.CharField()
    l = serializers.CharField()  # noqa: E741  (every chart calls it so)
    c = serializers.CharField()
    n = serializers.IntegerField(help_text="How many prices.")
    complete = serializers.BooleanField(help_text="Whether the bucket is over.")


class TickShape(serializers.Serializer[Any]):
    """A published price; `rate` is the side that was asked for."""

    t = serializers.DateTimeField(help_text="When the market had it.")
    rate = serializers.CharField()
    bid = serializers.CharField()
    ask = serializers.CharField()
    mid = serializers.CharField()
    seq = serializers.IntegerField()
    rate_id = serializers.UUIDField()


class _PageShape(serializers.Serializer[Any]):
    base = serializers.CharField()
    quote = serializers.CharField()
    interval = serializers.ChoiceField(INTERVALS)
    side = serializers.ChoiceField(list(Side))
    next = serializers.URLField(allow_null=True)


class CandlesShape(_PageShape):
    """A page of candles, the earliest first; `next` is where it goes on, or null."""

    candles = CandleShape(many=True)


class TicksShape(_PageShape):
    """A page of published prices, the earliest first; `next` is where it goes on, or null."""

    ticks = TickShape(many=True)


_PAGE = PolymorphicProxySerializer("HistoryShape", [CandlesShape, TicksShape], resource_type_field_name=None)
HISTORY: dict[str, Any] = {
    "operation_id": "rates_history",
    "parameters": [
        *PAIR,
        *span("Default: 500 candles before `to`, or one day, or of published prices one hour."),
        number_in_query("hours", "Instead of `from`: so many hours before `to`.", 1, MOST_HOURS),
        OpenApiParameter(
            "interval",
            str,
            enum=INTERVALS,
            description="The length of the candles; `tick` lists published prices. "
            "When absent it is chosen so that at most 500 candles cover the time.",
        ),
        OpenApiParameter(
            "side", str, enum=list(Side), default=Side.MID, description="The side of the price."
        ),
        *paging(500, 5000),
        KNOWN_AT,
    ],
    "responses": as_rows(_PAGE, 400, 404),
}
