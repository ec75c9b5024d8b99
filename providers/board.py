"""Sum up how each source does, from its polls of the last hour."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from providers.breaker import Standing, State, standings
from providers.models import NewestTick, Outcome, Poll, Provider, QuotaUsage
from providers.pace import next_polls, overlaps
from providers.quota import runs_out

_HOUR, _LONGEST_MONTH = timedelta(hours=1), timedelta(days=31)


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
        requests=Subquery(mine.filter(requests__gt=0).values("requests")[:1]),
    )
    failures = Poll.objects.in_bulk([p.last_failed for p in providers if p.last_failed])
    covered, keys = _covered(), [p.key for p in providers]
    breakers, due, used, overlapped = standings(keys), next_polls(keys), _used(now), overlaps(keys, now)
    return [
        _summary(p, hour.get(p.pk) or {}, p.last_ok, failures.get(p.last_failed), sorted(covered[p.pk]))
        | {
            "lacks": p.lacks or None,
            "breaker": {"state": breakers[p.key].state.value, "until": breakers[p.key].until},
            "next_poll": _next_poll(p, breakers[p.key], due[p.key]),
            "overlaps_last_hour": overlapped[p.key],
            "quota": _quota(p, used, p.requests or 1, now),
        }
        for p in providers
    ]


def _used(now: datetime) -> dict[tuple[int, date], QuotaUsage]:
    """Read what the present months of all plans have taken."""
    rows = QuotaUsage.objects.filter(starts_on__gt=now - _LONGEST_MONTH)
    return {(row.provider_id, row.starts_on): row for row in rows}


def _next_poll(provider: Provider, standing: Standing, due: datetime | None) -> datetime | None:
    """Say when a source is asked next: not before its breaker lets us. None when nobody can say."""
    if not provider.enabled or provider.idle or standing.state is State.HELD:
        return None
    known = [moment for moment in (due, standing.until) if moment]
    return max(known) if known else None


def _quota(
    provider: Provider, used: dict[tuple[int, date], QuotaUsage], requests: int, now: datetime
) -> dict[str, Any] | None:
    """Say what the month has taken, and when nothing would be left at the interval that staff set."""
    if provider.requests_per_month is None and provider.adapter.keyless:
        return None
    start, reset = provider.plan.period(now)
    usage = used.get((provider.pk, start.date())) or QuotaUsage()
    left = usage.left(provider.requests_per_month)
    return {
        "per_month": provider.requests_per_month,
        "used": usage.used,
        "left": left,
        "resets_at": reset,
        "runs_out_at": None if left is None else runs_out(provider.interval, left, now, reset, requests),
    }


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
    """Name the state: off, idle (it lacks something), waiting (never asked), ok or failing."""
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
