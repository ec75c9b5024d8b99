"""List the entry points of the API."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from rates.query import parameters

_ENTRIES = (
    "rates",
    "summary",
    "matrix",
    "pairs",
    "currencies",
    "convert",
    "providers",
    "health",
    "schema",
    "docs",
)


class RootShape(serializers.Serializer[Any]):
    """Where to go from here."""

    environment = serializers.ChoiceField(["live", "demo"])
    entries = serializers.DictField(child=serializers.URLField())


class Root(APIView):
    """The entry points."""

    @extend_schema(operation_id="root", responses=RootShape)
    def get(self, request: Request) -> Response:
        """List where to go."""
        parameters(request, set())
        entries = {name: reverse(name, request=request) for name in _ENTRIES}
        sockets = request.build_absolute_uri("/api/v1/ws/rates").replace("http", "ws", 1)
        return Response({"environment": settings.FX_ENVIRONMENT, "entries": entries | {"stream": sockets}})
