"""Serve stored prices."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rates.etag import tagged
from rates.query import parameters
from rates.schema_stored import STORED
from rates.serializers import price_object
from rates.stored import stored_price


class RateStored(APIView):
    """A price that was published, unchanged, for as long as prices are kept."""

    @extend_schema(**STORED)
    def get(self, request: Request, rate_id: str) -> Response:
        """Show a stored price with its inputs; `recomputed` says whether they make it again."""
        parameters(request, set())
        found = stored_price(rate_id)
        shown = price_object(found.price, timezone.now(), settings.FX_ENVIRONMENT)
        return tagged(request, shown | {"inputs": found.inputs, "recomputed": found.recomputed})
