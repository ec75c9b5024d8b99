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
from providers.breaker import State
from providers.models import BreakerTransition, Outcome, Poll, Provider

_SHOWN = 100
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


class BreakerShape(serializers.Serializer[Any]):
    """Whether the source may be asked, and when again; without an end until somebody resets it."""

    state = serializers.ChoiceField([state.value for state in State])
    until = serializers.DateTimeField(allow_null=True)


class QuotaShape(serializers.Serializer[Any]):
    """The requests of this month of the plan; `runs_out_at` is when none would be left at this interval."""

    per_month = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField()
    runs_out_at = serializers.DateTimeField(allow_null=True)


class PollShape(serializers.Serializer[Any]):
    """How the source was asked once."""

    at = serializers.DateTimeField()
    latency_ms = serializers.IntegerField()
    outcome = serializers.ChoiceField(Outcome.values)
    detail = serializers.CharField()
    ticks = serializers.IntegerField()
    requests = serializers.IntegerField()


class TransitionShape(serializers.Serializer[Any]):
    """One move of the source's breaker."""

    at = serializers.DateTimeField()
    before = serializers.ChoiceField([state.value for state in State])
    after = serializers.ChoiceField([state.value for state in State])
    reason = serializers.CharField()


class PollsShape(serializers.Serializer[Any]):
    """The newest polls and moves of the breaker, the newest first."""

    polls = PollShape(many=True)
    transitions = TransitionShape(many=True)


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
    overlaps_last_hour = serializers.IntegerField(allow_null=True)
    currencies = serializers.ListField(child=serializers.CharField())
    lacks = serializers.ChoiceField(["key", "readable_key", "demo_vendor"], allow_null=True)
    breaker = BreakerShape()
    next_poll = serializers.DateTimeField(allow_null=True)
    quota = QuotaShape(allow_null=True)


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


class ProviderPolls(APIView):
    """What happened when one source was asked."""

    @extend_schema(operation_id="providers_polls", parameters=[_KEY], responses=PollsShape)
    def get(self, request: Request, key: str) -> Response:
        """List the newest polls of a source, and how its breaker moved."""
        _refuse_parameters(request)
        provider = Provider.objects.filter(key=key).first()
        if provider is None:
            raise NotFound(f"No provider {key[:40]!r}.")
        polls = provider.polls.order_by("-started_at")[:_SHOWN]
        moves = provider.transitions.order_by("-at", "-pk")[:_SHOWN]
        shown = {"polls": [_poll(poll) for poll in polls], "transitions": [_move(move) for move in moves]}
        return Response(_written(shown))


def _poll(poll: Poll) -> dict[str, Any]:
    shown = {name: getattr(poll, name) for name in ("latency_ms", "outcome", "detail", "ticks", "requests")}
    return {"at": poll.started_at} | shown


def _move(move: BreakerTransition) -> dict[str, Any]:
    return {"at": move.at, "before": move.before, "after": move.after, "reason": move.reason}


def _written(shown: Any) -> Any:
    """Write all times in what is shown as everywhere in the API: UTC with `Z` and milliseconds."""
    if isinstance(shown, dict):
        return {name: _written(member) for name, member in shown.items()}
    if isinstance(shown, list):
        return [_written(member) for member in shown]
    if isinstance(shown, datetime):
        return shown.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return shown


def _refuse_parameters(request: Request) -> None:
    """Name what these answers do not know, instead of ignoring it. Raises: ValidationError."""
    known = {"format"} if getattr(request.accepted_renderer, "format", "") == "api" else set()
    unknown = ErrorDetail("This parameter does not exist.", code="unknown_parameter")
    if errors := {name[:40]: [unknown] for name in request.query_params if name not in known}:
        raise serializers.ValidationError(errors)
