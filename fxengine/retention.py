"""Drop what is past its retention, in short statements: daily by a task, or by hand with `prune`.

Candles stay: they are what remains of the prices that are gone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings

from conversions.models import IdempotencyKey
from providers import partitions
from providers.models import BreakerTransition, Poll, QuarantinedTick
from providers.querysets import Droppable
from rates.models import Rate, RateDecision

_log = structlog.get_logger(__name__)


def clean(now: datetime) -> dict[str, int]:
    """Drop all that is too old, and make the partitions of the days ahead; count what was dropped."""
    ticks = partitions.keep_up(now, settings.TICK_RETENTION)
    dropped = {"tick_days": len(ticks.dropped), "ticks": ticks.rows}
    dropped |= {name: rows.drop() for name, rows in _aged(now).items()}
    _log.info("cleaned", tick_days_made=len(ticks.made), tick_days_left=len(ticks.left), **dropped)
    return dropped


def count(now: datetime) -> dict[str, int]:
    """Count what `clean` would drop."""
    days = partitions.past(now, settings.TICK_RETENTION)
    found = {"tick_days": len(days), "ticks": partitions.old(now - settings.TICK_RETENTION)}
    return found | {name: rows.count() for name, rows in _aged(now).items()}


def _aged(now: datetime) -> dict[str, Droppable[Any]]:
    """Find the rows of each table that are too old. What staff keep for ever has none."""
    polls = now - settings.POLL_RETENTION
    aged: dict[str, Droppable[Any]] = {
        "quarantined": QuarantinedTick.objects.said_before(now - settings.TICK_RETENTION),
        "polls": Poll.objects.started_before(polls),
        "moves": BreakerTransition.objects.before_moment(polls),
        "keys": IdempotencyKey.objects.expired(now),
    }
    if settings.RATE_RETENTION is None:
        return aged
    rates = now - settings.RATE_RETENTION
    return aged | {
        "rates": Rate.objects.recorded_before(rates),
        "decisions": RateDecision.objects.before_run(Rate.objects.first_run_since(rates)),
    }
