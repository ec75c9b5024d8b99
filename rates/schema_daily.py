"""Describe daily reference rates for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from rates.reference_reads import Group, Missing
from rates.schema import UNCHANGED, answers, in_path, in_query, number_in_query

PAIR = [in_path("base", "Currency code."), in_path("quote", "Currency code.")]
KNOWN_AT = in_query("known_at", "A time or a date: answer with what was known then.")


class OnDateShape(serializers.Serializer[Any]):
    """The reference rate that stands for a day; `date` is the day it was fixed for."""

    base = serializers.CharField()
    quote = serializers.CharField()
    symbol = serializers.CharField()
    requested = serializers.DateField()
    date = serializers.DateField()
    rate = serializers.CharField()
    # The provider's key; null for a currency against itself.
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field of that name
    environment = serializers.ChoiceField(["demo"], required=False)


class DayShape(serializers.Serializer[Any]):
    """The reference rate of one day."""

    date = serializers.DateField()
    rate = serializers.CharField()


class DailyShape(serializers.Serializer[Any]):
    """A page of a daily series; `next` is where it goes on, or null."""

    base = serializers.CharField()
    quote = serializers.CharField()
    group = serializers.ChoiceField(list(Group))
    series = DayShape(many=True)
    next = serializers.URLField(allow_null=True)


def as_rows(shape: Any, *statuses: int) -> dict[Any, Any]:
    """List the answers of an endpoint whose rows come as JSON, CSV or NDJSON."""
    problems = answers(shape, *statuses)
    page = problems.pop(200)
    lines = OpenApiResponse(OpenApiTypes.STR, description="All rows at once; a line of names comes first.")
    objects = OpenApiResponse(OpenApiTypes.STR, description="All rows at once, one object a line.")
    rows = {(200, "text/csv"): lines, (200, "application/x-ndjson"): objects}
    return {(200, "application/json"): page, **rows, **problems} | UNCHANGED


def span(default: str) -> list[OpenApiParameter]:
    """Describe `from` and `to`, and what stands for them when they are absent."""
    return [
        in_query("from", f"The first day or moment. {default}"),
        in_query("to", "The end: a day is included, a moment is not. Default: now."),
    ]


def paging(usual: int, most: int) -> list[OpenApiParameter]:
    """Describe the parameters of pages."""
    return [
        number_in_query("limit", "Rows of a page; CSV and NDJSON have no end.", 1, most, default=usual),
        in_query("cursor", "Where a page goes on, taken from `next`."),
    ]


ON_DATE: dict[str, Any] = {
    "operation_id": "rates_on_date",
    "parameters": [
        *PAIR,
        OpenApiParameter("date", OpenApiTypes.DATE, OpenApiParameter.PATH, description="A day."),
        OpenApiParameter(
            "on_missing",
            str,
            enum=list(Missing),
            default=Missing.PREVIOUS,
            description="What stands for a day without a fixing: one of at most 14 days away, or an error.",
        ),
        KNOWN_AT,
    ],
    "responses": answers(OnDateShape, 400, 404) | UNCHANGED,
}
DAILY: dict[str, Any] = {
    "operation_id": "rates_daily",
    "parameters": [
        *PAIR,
        *span("Default: one year before `to`."),
        OpenApiParameter(
            "group",
            str,
            enum=list(Group),
            default=Group.DAY,
            description="One rate of each day, week or month: the last that was fixed in it.",
        ),
        *paging(10_000, 10_000),
        KNOWN_AT,
    ],
    "responses": as_rows(DailyShape, 400, 404),
}
