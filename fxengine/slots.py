"""Let one task per source and interval through, by the clock of Redis that all workers share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.utils import timezone

from providers import pace
from providers.locks import client, living_lock
from providers.models import Provider
from providers.traffic import left, usual_requests
from rates.hours import market

# Nothing moves while the market is closed; a source is asked now and then to see that it still answers.
CLOSED_INTERVAL = timedelta(minutes=15)
_client = client()
_log = structlog.get_logger(__name__)


@contextmanager
def claim(key: str) -> Iterator[bool]:
    """Claim the next turn of a source for a block, unless an earlier poll of it still runs."""
    provider = Provider.objects.filter(key=key, enabled=True).first()
    if provider is None or provider.idle:
        yield False
        return
    with living_lock(f"poll:{key}") as held:
        if held is False:
            _client.hincrby(_overlaps(), key)
            _log.info("poll_overlaps")
        wait = pace.take(key, spacing(provider, timezone.now())) if held else None
        if wait:
            time.sleep(wait.total_seconds())
        yield wait is not None


def spacing(provider: Provider, now: datetime) -> timedelta:
    """Say how far apart polls are: the interval, stretched to fit the plan, and longer on a weekend."""
    interval, plan = provider.interval, provider.plan
    if not settings.FX_DEMO and market(now) == "closed":
        interval = max(interval, CLOSED_INTERVAL)
    if plan.per_month is None and plan.per_minute is None:
        return interval
    return plan.spacing(interval, left(provider, now), plan.period(now)[1] - now, usual_requests(provider))


def overlaps(key: str) -> int:
    """Count the tasks that ended at once because a poll of their source still ran."""
    return int(cast("bytes | None", _client.hget(_overlaps(), key)) or 0)


def _overlaps() -> str:
    return f"{settings.FX_KEY_PREFIX}:overlaps"
