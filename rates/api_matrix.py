"""Serve all cross rates of some currencies in one answer."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rates.errors import InvalidRequest, field_error
from rates.etag import tagged
from rates.matrix import Matrix, matrix
from rates.pairs import parse_code
from rates.query import entries, parameters
from rates.schema import UNCHANGED, answers
from rates.serializers import decimal_text, time_text

MOST_CURRENCIES = 40


class MatrixShape(serializers.Serializer[Any]):
    """Units of the inner currency per one of the outer, all of one moment; `as_of` is that of the oldest."""

    as_of = serializers.DateTimeField()
    seq = serializers.IntegerField()
    currencies = serializers.ListField(child=serializers.CharField())
    rates = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))


_CURRENCIES = OpenApiParameter(
    "currencies", str, description="1 to 40 comma-separated codes; when absent, those that are tracked."
)


class MatrixTable(APIView):
    """All cross rates among some currencies."""

    @extend_schema(
        operation_id="matrix_retrieve",
        parameters=[_CURRENCIES],
        responses=answers(MatrixShape, 400, 404) | UNCHANGED,
    )
    def get(self, request: Request) -> Response:
        """Show the rate of every currency in every other."""
        asked = parameters(request, {"currencies"})
        named = entries(asked, "currencies", MOST_CURRENCIES) if "currencies" in asked else []
        found = matrix([parse_code(text) for text in named], timezone.now())
        if len(found.rates) > MOST_CURRENCIES:
            detail = f"More than {MOST_CURRENCIES} currencies are tracked: name those you want."
            raise InvalidRequest([field_error("currencies", "required", detail)])
        return tagged(request, _matrix_object(found))


def _matrix_object(found: Matrix) -> dict[str, Any]:
    cells = {
        base: {quote: decimal_text(rate) for quote, rate in row.items()} for base, row in found.rates.items()
    }
    return {
        "as_of": time_text(found.as_of),
        "seq": found.seq,
        "currencies": list(found.rates),
        "rates": cells,
    }
