"""Describe stored prices for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from rates.schema import UNCHANGED, InputShape, PriceShape, answers, in_path


class StoredPriceShape(PriceShape):
    """A stored price, every source's part in it, and whether today's arithmetic makes the same of them."""

    inputs = InputShape(many=True)
    recomputed = serializers.BooleanField()


STORED: dict[str, Any] = {
    "operation_id": "rates_stored_retrieve",
    "parameters": [in_path("rate_id", "The `rate_id` of a price.")],
    "responses": answers(StoredPriceShape, 400, 404) | UNCHANGED,
}
