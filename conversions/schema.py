"""Describe the shapes and parameters of the conversion endpoints for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers

from conversions.money import Rounding, Side
from conversions.orders import LIMITS, LONGEST_REFERENCE
from rates.schema import InputShape, PriceShape, answers, guards, in_path, in_query

_PLAIN = r"^[0-9]{1,15}(\.[0-9]{1,8})?$"


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": _PLAIN},
            {"type": "number", "exclusiveMinimum": True, "minimum": 0},
        ]
    }
)
class AmountShape(serializers.CharField):
    """An amount: plain digits as a string or a JSON number, above zero."""


class OrderShape(serializers.Serializer[Any]):
    """What to convert: exactly one of `amount` and `to_amount` is given."""

    to = serializers.CharField(help_text="Currency code.")
    amount = AmountShape(required=False, help_text="How much of `from` to convert.")
    to_amount = AmountShape(
        required=False, help_text="How much of `to` is wanted; `amount` is found by division."
    )
    side = serializers.ChoiceField(list(Side), default=Side.MID, help_text="Who sells `from` gets the bid.")
    rounding = serializers.ChoiceField(list(Rounding), default=Rounding.HALF_EVEN)
    date = serializers.DateField(
        required=False, help_text="Convert at the reference rate on or before this day."
    )
    max_age = serializers.IntegerField(
        required=False, min_value=0, max_value=LIMITS["max_age"], help_text="Refuse an older price; seconds."
    )
    min_sources = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LIMITS["min_sources"],
        help_text="Refuse a price of fewer sources.",
    )
    reference = serializers.CharField(
        required=False, max_length=LONGEST_REFERENCE, help_text="The caller's own mark."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        return {"from": serializers.CharField(help_text="Currency code."), **super().get_fields()}


class ConversionShape(serializers.Serializer[Any]):
    """A conversion with the price it was made at, by value, and every source of it.

    `result_unrounded` is the result before its one rounding, to 30 decimals. Where the price is the inverse
    of a decided one, `inverse_rate` is the decided number and the amount was divided by it.
    """

    to = serializers.CharField()
    amount = serializers.CharField()
    result = serializers.CharField()
    result_unrounded = serializers.CharField()
    rate = serializers.CharField()
    inverse_rate = serializers.CharField()
    side = serializers.ChoiceField(list(Side))
    rounding = serializers.ChoiceField(list(Rounding))
    price = PriceShape()
    inputs = InputShape(many=True)
    environment = serializers.ChoiceField(["demo"], required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        return {"from": serializers.CharField(), **super().get_fields()}


class ReceiptShape(ConversionShape):
    """A stored conversion; it never changes."""

    id = serializers.UUIDField()
    reference = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


def _header(name: str, description: str, *, answers_with: list[int] | None = None) -> OpenApiParameter:
    """Describe a header of the request, or of the answers with these statuses."""
    response = answers_with or False
    return OpenApiParameter(name, OpenApiTypes.STR, "header", description=description, response=response)


def _needed(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, "query", required=True, description="Currency code.")


_NO_CHANGE = {304: OpenApiResponse(description="Not changed since the ETag that was sent.")}
CALCULATE: dict[str, Any] = {
    "operation_id": "convert_retrieve",
    "parameters": [
        _needed("from"),
        _needed("to"),
        in_query("amount", "How much of `from` to convert: a plain decimal above zero."),
        in_query("to_amount", "Instead of `amount`: how much of `to` is wanted."),
        OpenApiParameter(
            "side", str, enum=list(Side), default=Side.MID, description="Who sells `from` gets the bid."
        ),
        OpenApiParameter("rounding", str, enum=list(Rounding), default=Rounding.HALF_EVEN),
        OpenApiParameter(
            "date", OpenApiTypes.DATE, description="Convert at the reference rate on or before this day."
        ),
        *guards(LIMITS),
    ],
    "responses": answers(ConversionShape, 400, 404, 409) | _NO_CHANGE,
}
STORE: dict[str, Any] = {
    "operation_id": "convert_create",
    "request": {"application/json": OrderShape},
    "parameters": [
        _header(
            "Idempotency-Key", "1 to 255 printable characters, kept 24 h; the same body gets the same answer."
        ),
        _header("Idempotent-Replayed", "`true` when the answer was given before.", answers_with=[201]),
        _header("Location", "Where the receipt can be read.", answers_with=[201]),
    ],
    "responses": answers(ReceiptShape, 400, 403, 404, 409, 413, 415, 422, success=201),
}
RECEIPT: dict[str, Any] = {
    "operation_id": "conversions_retrieve",
    "parameters": [in_path("receipt_id", "The receipt's id.")],
    "responses": answers(ReceiptShape, 400, 404) | _NO_CHANGE,
}
