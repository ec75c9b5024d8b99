"""Ask a source between two polls: never beside one, and no more often than it is polled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from providers import pace
from providers.locks import living_lock
from providers.models import Provider
from providers.traffic import is_paused, spacing

# As long as a poll of a healthy source takes; whoever waits has other sources to ask.
_WAIT_SECONDS = 2.0


@contextmanager
def between_polls(provider: Provider, now: datetime) -> Iterator[bool]:
    """Claim a source for a block, once within its interval; yield whether it may be asked.

    The interval is the one of its polls, stretched as they are to fit the plan. So a source is asked at most
    twice within it, however many callers want something else of it. It loses no turn to its breaker's pause.
    """
    if is_paused(provider, now):
        yield False
        return
    with living_lock(f"poll:{provider.key}", wait=_WAIT_SECONDS) as held:
        yield held is not False and pace.take_between(provider.key, spacing(provider, provider.interval, now))
