"""Say how each part of the house does: for orchestrators in one word, for people in full."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fxengine import pulse
from providers.board import summaries
from providers.models import Provider
from rates.current import check_environment, tracked_prices
from rates.errors import WrongEnvironment
from rates.query import parameters
from rates.serializers import standing
from streaming.hub import hub

OK, DEGRADED, DOWN = "ok", "degraded", "down"
_OUTAGES = (DatabaseError, InterfaceError, redis.RedisError, WrongEnvironment)
_PULSE_LIMIT = timedelta(seconds=20)
_STATES = {"ok": OK, "failing": DEGRADED}


class ComponentShape(serializers.Serializer[Any]):
    """One part of the house."""

    status = serializers.ChoiceField([OK, DEGRADED, DOWN])
    latency_ms = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()


class HealthShape(serializers.Serializer[Any]):
    """The whole house."""

    status = serializers.ChoiceField([OK, DEGRADED, DOWN])
    environment = serializers.ChoiceField(["live", "demo"])
    components = serializers.DictField(child=ComponentShape())


class Health(APIView):
    """Every component with its status; 503 when the house is down. Calls no vendor."""

    @extend_schema(operation_id="health", responses={200: HealthShape, 503: HealthShape})
    def get(self, request: Request) -> Response:
        """Check every component now."""
        parameters(request, set())
        components = check(timezone.now())
        status = overall(components)
        body = {"status": status, "environment": settings.FX_ENVIRONMENT, "components": components}
        return Response(body, status=503 if status == DOWN else 200)


def livez(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; touches nothing else."""
    return JsonResponse({"status": OK})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: database with all migrations, and Redis."""
    parts = {"database": _timed(_migrated), "cache": _timed(_ping)}
    ready = all(part["status"] == OK for part in parts.values())
    return JsonResponse({"status": OK if ready else DOWN, "components": parts}, status=200 if ready else 503)


def check(now: datetime) -> dict[str, dict[str, Any]]:
    """Check each component."""
    parts = {
        "database": _timed(_query),
        "cache": _timed(_ping),
        "broker": _timed(_ping),
        "channel_layer": _part(
            *((OK, "joined") if hub.listening else (DEGRADED, "this process hears nothing"))
        ),
        "worker": _timed(lambda: _pulse(now)),
        "beat": _timed(lambda: _pulse(now)),
        "ingest": _timed(lambda: _ingest(now)),
    }
    if parts["database"]["status"] == OK:
        parts |= {f"provider:{p['key']}": _provider(p) for p in summaries(Provider.objects.enabled(), now)}
    return parts


def overall(components: dict[str, dict[str, Any]]) -> str:
    """Sum up: down without database, degraded when any part is not well."""
    if components["database"]["status"] == DOWN:
        return DOWN
    return OK if all(part["status"] == OK for part in components.values()) else DEGRADED


def _timed(probe: Callable[[], tuple[str, str]]) -> dict[str, Any]:
    """Run a probe and time it; an outage is a status, not an error."""
    started = perf_counter()
    try:
        status, detail = probe()
    except _OUTAGES as error:
        status, detail = DOWN, type(error).__name__
    return _part(status, detail, round((perf_counter() - started) * 1000))


def _part(status: str, detail: str, latency_ms: int | None = None) -> dict[str, Any]:
    return {"status": status, "latency_ms": latency_ms, "detail": detail}


def _query() -> tuple[str, str]:
    check_environment()
    return OK, "answers"


def _migrated() -> tuple[str, str]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return DOWN, f"{len(missing)} migrations missing"
    check_environment()
    return OK, "migrated"


def _ping() -> tuple[str, str]:
    cache.get("ping")
    return OK, "answers"


def _pulse(now: datetime) -> tuple[str, str]:
    """Judge beat and worker by the last task of beat's that a worker ran."""
    seen = pulse.last()
    if seen is None or now - seen > _PULSE_LIMIT:
        return DOWN, "no task of beat's has run lately"
    return OK, f"ran a task {(now - seen).total_seconds():.0f} s ago"


def _ingest(now: datetime) -> tuple[str, str]:
    """Judge by the age of the newest tick behind any tracked price."""
    _, _, prices = tracked_prices()
    if not prices:
        return DEGRADED, "no price yet"
    newest = max(prices, key=lambda price: price.as_of)
    detail = f"newest tick {(now - newest.as_of).total_seconds():.0f} s old"
    grade, _ = standing(newest, now, settings.FX_ENVIRONMENT)
    return (OK if grade in ("fresh", "aging") else DEGRADED), detail


def _provider(summary: dict[str, Any]) -> dict[str, Any]:
    error = summary["last_error"]
    detail = error["category"] if error and summary["state"] == "failing" else summary["state"]
    return _part(_STATES.get(summary["state"], DEGRADED), detail, summary["latency_ms"]["p50"])
