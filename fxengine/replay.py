"""Tell again what sources once said, as if they said it now: a simulation, for demo environments alone.

A replayed tick is of the moment at which it is told, by our clock, and says so (`as_of_basis` is `received`).
Its rates, and what came in one answer with it, are as they were. Fixings are left out: their days cannot pass
faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event

from django.db import close_old_connections, transaction
from django.utils import timezone

from fxengine import pipeline, pulse
from providers.adapters.base import Basis, Tick
from providers.models import Provider, TickLog
from providers.services import forget
from rates.services import begin_run

# A slice of the log is read at a time: the shorter the more was said in it.
_SHORTEST, _LONGEST, _MOST = timedelta(seconds=1), timedelta(hours=1), 5_000
# Polling begins again so soon after a replay has ended, however it ended.
_HELD_SECONDS, _LOOK = 3, timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer that was told again: when it had reached us, its ticks and fixings, and its prices."""

    received_at: datetime
    ticks: int
    fixings: int
    prices: int


def recorded(first: datetime, end: datetime, most: int = _MOST) -> Iterator[list[Tick]]:
    """Read the log from a moment to before another, an answer of one source at a time, in their order.

    About `most` ticks are in memory at once.
    """
    keys, span, limit = dict(Provider.objects.values_list("pk", "key")), _SHORTEST, most
    while first < end:
        until = min(first + span, end)
        rows = list(TickLog.objects.received(first, until)[: limit + 1])
        if len(rows) > limit:
            until = rows[-1].received_at
            rows = [row for row in rows if row.received_at < until]
        # An answer is never torn, however long it is.
        limit = most if until > first else limit * 2
        span = min(span * 2, _LONGEST) if len(rows) < most // 2 else max(span / 2, _SHORTEST)
        for (_, provider_id), answer in groupby(rows, lambda row: (row.received_at, row.provider_id)):
            yield [row.as_tick(keys[provider_id]) for row in answer]
        first = until


def tell(first: datetime, end: datetime, speed: float | None, stopped: Event) -> Iterator[Told]:
    """Bring the answers of a span into the house, `speed` times as fast as they came; None does not wait.

    What sources say now is neither asked nor counted meanwhile. Ends early when `stopped` is set.
    Raises: WrongEnvironment.
    """
    hush = _Hush()
    with transaction.atomic():
        begin_run()
        forget(hush.sources)
    began, started_at = None, timezone.now()
    for answer in recorded(first, end):
        received_at = answer[0].received_at
        began = began or received_at
        _wait(started_at if speed is None else started_at + (received_at - began) / speed, stopped, hush)
        if stopped.is_set():
            return
        ticks = moved(answer, timezone.now())
        yield Told(received_at, len(ticks), len(answer) - len(ticks), pipeline.take(ticks))


def moved(answer: list[Tick], now: datetime) -> list[Tick]:
    """Give the ticks of an answer as if they were of now; of a pair at several moments its newest counts."""
    newest = {(tick.base, tick.quote): tick for tick in answer if tick.as_of_basis is not Basis.DATE}
    return [replace(tick, as_of=now, as_of_basis=Basis.RECEIVED, received_at=now) for tick in newest.values()]


class _Hush:
    """Keep every source that speaks through the day from being polled, for a little longer at each look."""

    def __init__(self) -> None:
        self.sources = [provider for provider in Provider.objects.enabled() if not provider.adapter.daily]
        self._until = timezone.now()
        self.keep()

    def keep(self) -> None:
        """Go on with it."""
        now = timezone.now()
        if now >= self._until:
            self._until = now + _LOOK
            for provider in self.sources:
                pulse.speak(provider.key, _HELD_SECONDS)


def _wait(due: datetime, stopped: Event, hush: _Hush) -> None:
    """Wait for a moment, or until stopped, and keep sources quiet meanwhile."""
    while True:
        hush.keep()
        ahead = due - timezone.now()
        if ahead <= timedelta(0) or stopped.wait(min(ahead, _LOOK).total_seconds()):
            return
        if ahead > _LOOK:
            # The connection may not outlive a long silence; one that did not is made anew.
            close_old_connections()
