"""Let one task per source and interval through, by the clock of Redis that all workers share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from fxengine import pulse
from providers import pace, traffic
from providers.locks import LEASE_SECONDS, living_lock
from providers.models import Provider
from providers.services import newest_ticks
from rates.hours import market
from rates.rebase import rebase
from rates.services import wanted_currencies

# Nothing moves while the market is closed; a source is asked now and then to see that it still answers.
CLOSED_INTERVAL = timedelta(minutes=15)
# A task that waits for longer is better left to beat: the broker would hand it out a second time.
LONGEST_WAIT = timedelta(minutes=1)
# A key that cannot be read is not among them: the poll fails, and staff see why.
_UNASKABLE = {"key", "demo_vendor"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a source: ours to poll in, or in how many seconds to come back; None leaves that to beat."""

    ours: bool = False
    back_in_s: float | None = None


def poll_in_turn(key: str, work: Callable[[str, datetime], object]) -> float | None:
    """Do the work of a source's turn, or say in how many seconds to come back for it, as `Turn` does."""
    with claim(key) as turn:
        if turn.ours:
            work(key, timezone.now())
    return turn.back_in_s


@contextmanager
def claim(key: str) -> Iterator[Turn]:
    """Claim the next turn of a source for a block, unless an earlier poll of it still runs."""
    provider = Provider.objects.filter(key=key, enabled=True).first()
    if provider is None or provider.lacks in _UNASKABLE or streams_all(provider, timezone.now()):
        yield Turn()
        return
    with living_lock(f"poll:{key}") as held:
        turn = _place(provider) if held else Turn() if held is None else _overlap(key)
        try:
            yield turn
        finally:
            if turn.ours:
                pace.leave(key)


def _overlap(key: str) -> Turn:
    """Count a poll that another one keeps out, and come back when a killed worker's lock has run out."""
    pace.note_overlap(key, timezone.now())
    _log.info("poll_overlaps")
    return Turn(back_in_s=LEASE_SECONDS)


def _place(provider: Provider) -> Turn:
    """Take the source's next place and wait for it, if that is not long."""
    plan, now = provider.plan, timezone.now()
    # A poll that was killed may have reached the vendor: a plan counted by the minute bears no second one.
    place = pace.take(provider.key, spacing(provider, now), retakes=0 if plan.per_minute else pace.RETAKES)
    if not place.ours:
        return Turn(back_in_s=place.wait.total_seconds() if place.wait <= LONGEST_WAIT else None)
    time.sleep(place.wait.total_seconds())
    return Turn(ours=True)


def streams_all(provider: Provider, now: datetime) -> bool:
    """Say whether a stream makes polling idle: it speaks, and no currency it told of has gone quiet.

    A tick counts for `max_age`; half of that is left for a poll to bring a newer one.
    """
    if not pulse.speaks(provider.key):
        return False
    wanted, since = wanted_currencies(), now - provider.max_age / 2
    said = rebase(newest_ticks([provider]))
    return not any(source.as_of < since for currency, source in said.items() if currency in wanted)


def spacing(provider: Provider, now: datetime) -> timedelta:
    """Say how far apart polls are: the interval, stretched to fit the plan, and longer on a weekend."""
    interval = provider.interval
    if not settings.FX_DEMO and market(now) == "closed":
        interval = max(interval, CLOSED_INTERVAL)
    return traffic.spacing(provider, interval, now)
