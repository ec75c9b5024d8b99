"""Sum up how each source does, from its polls of the last hour."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from providers.models import NewestTick, Outcome, Poll, Provider

_HOUR = timedelta(hours=1)


class Percentile(models.Aggregate):
    """A continuous percentile, counted by PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.FloatField()


def summaries(providers: QuerySet[Provider], now: datetime) -> list[dict[str, Any]]:
    """Describe each source for staff and API, in a fixed number of queries."""
    ok = Q(outcome=Outcome.OK)
    recent = Poll.objects.filter(started_at__gte=now - _HOUR).values("provider")
    hour: dict[int, Any] = {
        row["provider"]: row
        for row in recent.annotate(
            polls=Count("pk"),
            good=Count("pk", filter=ok),
            p50=Percentile("latency_ms", share=0.5),
            p95=Percentile("latency_ms", share=0.95),
        )
    }
    mine = Poll.objects.filter(provider=OuterRef("pk")).order_by("-started_at")
    providers = providers.annotate(
        last_ok=Subquery(mine.filter(ok).values("started_at")[:1]),
        last_failed=Subquery(mine.exclude(outcome=Outcome.OK).values("pk")[:1]),
    )
    failures = Poll.objects.in_bulk([p.last_failed for p in providers if p.last_failed])
    covered = _covered()
    return [
        _summary(p, hour.get(p.pk) or {}, p.last_ok, failures.get(p.last_failed), sorted(covered[p.pk]))
        for p in providers
    ]


def _covered() -> dict[int, set[str]]:
    """Collect the currencies that each source has spoken of, its base among them."""
    covered: dict[int, set[str]] = defaultdict(set)
    rows = NewestTick.objects.values_list("provider", "base")
    for provider, base, quotes in rows.annotate(quotes=ArrayAgg("quote", distinct=True)):
        covered[provider] |= {base, *quotes}
    return covered


def _summary(
    provider: Provider,
    hour: dict[str, Any],
    last_ok: datetime | None,
    error: Poll | None,
    currencies: list[str],
) -> dict[str, Any]:
    polls = hour.get("polls", 0)
    return {
        "key": provider.key,
        "name": provider.name,
        "enabled": provider.enabled,
        "state": _state(provider, last_ok, error),
        "daily": provider.adapter.daily,
        "interval_s": provider.interval_seconds,
        "priority": provider.priority,
        "last_success": last_ok,
        "last_error": None if error is None else _error(error),
        "success_pct": None if not polls else f"{100 * hour['good'] / polls:.2f}",
        "latency_ms": {"p50": _whole(hour.get("p50")), "p95": _whole(hour.get("p95"))},
        "polls_last_hour": polls,
        "currencies": currencies,
    }


def _state(provider: Provider, last_ok: datetime | None, error: Poll | None) -> str:
    """Name the state: off, idle (no key yet), waiting (never asked), ok or failing."""
    if not provider.enabled:
        return "off"
    if provider.idle:
        return "idle"
    if last_ok is None and error is None:
        return "waiting"
    return "failing" if error and (last_ok is None or error.started_at > last_ok) else "ok"


def _error(poll: Poll) -> dict[str, Any]:
    return {"category": poll.outcome, "detail": poll.detail, "at": poll.started_at}


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
