"""Serve the health board of the sources."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from providers.board import summaries
from providers.models import Provider

_KEY = OpenApiParameter("key", str, "path", description="The source's key, such as `ecb`.")


class LastErrorShape(serializers.Serializer[Any]):
    """The newest failure, masked."""

    category = serializers.CharField()
    detail = serializers.CharField()
    at = serializers.DateTimeField()


class LatencyShape(serializers.Serializer[Any]):
    """Milliseconds over the last hour; null without a poll."""

    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)


class ProviderShape(serializers.Serializer[Any]):
    """How one source does."""

    key = serializers.CharField()
    name = serializers.CharField()
    enabled = serializers.BooleanField()
    state = serializers.ChoiceField(["off", "idle", "waiting", "ok", "failing"])
    daily = serializers.BooleanField()
    interval_s = serializers.IntegerField()
    priority = serializers.IntegerField()
    last_success = serializers.DateTimeField(allow_null=True)
    last_error = LastErrorShape(allow_null=True)
    success_pct = serializers.CharField(allow_null=True)
    latency_ms = LatencyShape()
    polls_last_hour = serializers.IntegerField()
    currencies = serializers.ListField(child=serializers.CharField())


class ProvidersShape(serializers.Serializer[Any]):
    """All sources, the most trusted first."""

    results = ProviderShape(many=True)


class ProviderList(APIView):
    """The health board."""

    @extend_schema(operation_id="providers_list", responses=ProvidersShape)
    def get(self, request: Request) -> Response:
        """List every source and how it does."""
        _refuse_parameters(request)
        found = summaries(Provider.objects.all(), timezone.now())
        return Response({"results": [_written(summary) for summary in found]})


class ProviderDetail(APIView):
    """One source."""

    @extend_schema(operation_id="providers_retrieve", parameters=[_KEY], responses=ProviderShape)
    def get(self, request: Request, key: str) -> Response:
        """Show how one source does."""
        _refuse_parameters(request)
        found = summaries(Provider.objects.filter(key=key), timezone.now())
        if not found:
            raise NotFound(f"No provider {key[:40]!r}.")
        return Response(_written(found[0]))


def _written(summary: dict[str, Any]) -> dict[str, Any]:
    """Write the times of a summary as everywhere in the API: UTC with `Z` and milliseconds."""
    error = summary["last_error"]
    return summary | {
        "last_success": _time(summary["last_success"]),
        "last_error": error and error | {"at": _time(error["at"])},
    }


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refuse_parameters(request: Request) -> None:
    """Name what these answers do not know, instead of ignoring it. Raises: ValidationError."""
    known = {"format"} if getattr(request.accepted_renderer, "format", "") == "api" else set()
    unknown = ErrorDetail("This parameter does not exist.", code="unknown_parameter")
    if errors := {name[:40]: [unknown] for name in request.query_params if name not in known}:
        raise serializers.ValidationError(errors)
