"""Describe the shapes and parameters of the rate endpoints for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from rates.errors import PROBLEM_TYPE
from rates.guards import GUARDS

METHODS = (
    "median",
    "weighted",
    "primary",
    "best",
    "cross",
    "inverse",
    "identity",
    "peg",
    "manual",
    "reference",
)


class FieldProblem(serializers.Serializer[Any]):
    """One wrong field of a request."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A problem document (RFC 9457) with a stable code."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # a field of that name


class PriceShape(serializers.Serializer[Any]):
    """A price: quote units per one base, as decimal strings."""

    base = serializers.CharField()
    quote = serializers.CharField()
    symbol = serializers.CharField()
    bid = serializers.CharField()
    ask = serializers.CharField()
    mid = serializers.CharField()
    spread = serializers.CharField()
    as_of = serializers.DateTimeField()
    as_of_basis = serializers.ChoiceField(["vendor", "received", "date"])
    received_at = serializers.DateTimeField()
    stale = serializers.BooleanField()
    grade = serializers.ChoiceField(["fresh", "aging", "stale", "expired"])
    confidence = serializers.ChoiceField(["high", "low"])
    market = serializers.ChoiceField(["open", "closed"])
    method = serializers.ChoiceField(METHODS)
    path = serializers.ListField(child=serializers.CharField())
    sources = serializers.IntegerField()
    dispersion_bps = serializers.CharField()
    seq = serializers.IntegerField(required=False)
    rate_id = serializers.UUIDField(required=False)
    environment = serializers.ChoiceField(["demo"], required=False)


class ConflictShape(Problem):
    """A conflict; when a guard failed, `found` is the price that broke it."""

    found = PriceShape(required=False)


class InputShape(serializers.Serializer[Any]):
    """One source's part in a price."""

    symbol = serializers.CharField()
    provider = serializers.CharField()
    bid = serializers.CharField(allow_null=True)
    ask = serializers.CharField(allow_null=True)
    mid = serializers.CharField()
    as_of = serializers.DateTimeField()
    as_of_basis = serializers.ChoiceField(["vendor", "received", "date"])
    received_at = serializers.DateTimeField()
    age_ms = serializers.IntegerField()
    weight = serializers.CharField()
    used = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)


class ExplainedPriceShape(PriceShape):
    """A price, with its inputs when `explain=1` asked for them."""

    inputs = InputShape(many=True, required=False)


class RatesShape(serializers.Serializer[Any]):
    """The tracked prices and their place in the stream."""

    environment = serializers.ChoiceField(["live", "demo"])
    stream = serializers.CharField()
    seq = serializers.IntegerField()
    rates = PriceShape(many=True)


class PairShape(serializers.Serializer[Any]):
    """A tracked pair and how to show it; times in seconds."""

    symbol = serializers.CharField()
    base = serializers.CharField()
    quote = serializers.CharField()
    base_name = serializers.CharField()
    quote_name = serializers.CharField()
    price_decimals = serializers.IntegerField()
    pip_position = serializers.IntegerField()
    method = serializers.CharField()
    max_age = serializers.IntegerField()
    expected_interval = serializers.IntegerField(allow_null=True)


class PairsShape(serializers.Serializer[Any]):
    """All tracked pairs."""

    results = PairShape(many=True)


class CurrencyShape(serializers.Serializer[Any]):
    """A currency of ISO 4217."""

    code = serializers.CharField()
    numeric = serializers.CharField()
    name = serializers.CharField()
    symbol = serializers.CharField()
    minor_units = serializers.IntegerField()
    cash_step = serializers.CharField(allow_null=True)
    active = serializers.BooleanField()
    started = serializers.DateField(allow_null=True)
    ended = serializers.DateField(allow_null=True)
    countries = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())


class CurrenciesShape(serializers.Serializer[Any]):
    """All currencies."""

    results = CurrencyShape(many=True)


def answers(shape: Any, *statuses: int, success: int = 200) -> dict[Any, Any]:
    """List the answers of an endpoint: its shape, and a problem for each other status."""
    problems = {
        (status, PROBLEM_TYPE): OpenApiResponse(ConflictShape if status == 409 else Problem)
        for status in (*statuses, 401, 406, 503)
    }
    return {success: shape, **problems}


def in_query(name: str, description: str) -> OpenApiParameter:
    """Describe a query parameter."""
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=description)


def number_in_query(
    name: str, description: str, least: int, most: int, *, default: int | None = None, whole: bool = True
) -> OpenApiParameter:
    """Describe a number in the query, with its bounds and what stands for it when it is absent."""
    schema: dict[str, Any] = {"type": "integer" if whole else "number", "minimum": least, "maximum": most}
    if default is not None:
        schema["default"] = default
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


def in_path(name: str, description: str) -> OpenApiParameter:
    """Describe a part of the path."""
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.PATH, description=description)


def guards(largest: Mapping[str, int]) -> list[OpenApiParameter]:
    """Describe guards on a price, given the largest number of each."""
    return [
        number_in_query(name, _GUARDED[name], 0, most, whole=name == "min_sources")
        for name, most in largest.items()
    ]


_GUARDED = {
    "max_age": "Refuse a price older than this many seconds.",
    "min_sources": "Refuse a price made of fewer sources.",
    "max_dispersion_bps": "Refuse a price whose sources lie further apart.",
}
UNCHANGED = {304: OpenApiResponse(description="Not changed since the ETag that was sent.")}
RATES: dict[str, Any] = {
    "operation_id": "rates_list",
    "parameters": [
        in_query(
            "pairs", "Comma-separated pairs, such as EUR/USD,GBP-USD; either direction of a tracked pair."
        ),
        in_query("base", "All tracked pairs of this currency, or those to `quotes`."),
        in_query("quotes", "Comma-separated currencies; needs `base`."),
    ],
    "responses": answers(RatesShape, 400, 404) | UNCHANGED,
}
RATE: dict[str, Any] = {
    "operation_id": "rates_retrieve",
    "parameters": [
        in_path("base", "Currency code."),
        in_path("quote", "Currency code."),
        *guards(GUARDS),
        in_query("explain", "1 adds every source's part in the price."),
    ],
    "responses": answers(ExplainedPriceShape, 400, 404, 409) | UNCHANGED,
}
PAIRS: dict[str, Any] = {"operation_id": "pairs_list", "responses": answers(PairsShape, 400) | UNCHANGED}
CURRENCIES: dict[str, Any] = {
    "operation_id": "currencies_list",
    "responses": answers(CurrenciesShape, 400) | UNCHANGED,
}
CURRENCY: dict[str, Any] = {
    "operation_id": "currencies_retrieve",
    "parameters": [in_path("code", "Currency code.")],
    "responses": answers(CurrencyShape, 400, 404) | UNCHANGED,
}
