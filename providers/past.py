"""Ask a source for past days, behind what polling it for the newest rates needs.

No poll is noted: a past day that a plan or a vendor lacks says nothing about the rates of now, so it moves
neither the breaker nor the health board. Its requests count in the plan all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from providers.adapters.base import Ask
from providers.breaker import standings
from providers.fetch import cost, fetch
from providers.fetched import Fetched
from providers.models import Outcome, Provider
from providers.traffic import left, settle, take_of_month


def fetch_past(provider: Provider, ask: Ask, now: datetime) -> Fetched:
    """Ask for a past day, unless the breaker is open or the plan used up: then the outcome says so."""
    standing = standings([provider.key])[provider.key]
    if not standing.allowed and not (standing.until and standing.until <= now):
        wait = standing.until - now if standing.until else None
        return _refused(Outcome.UNAVAILABLE, f"the breaker is {standing.state}", now, wait)
    requests = cost(provider, ask)
    if not take_of_month(provider, requests, now):
        return _refused(Outcome.QUOTA, "the plan's month is used up", now)
    fetched = fetch(provider, ask, now)
    settle(provider, fetched.requests - requests, fetched.left, now)
    return fetched


def share(provider: Provider, now: datetime) -> int | None:
    """Say how many requests past days may take: half of what the month has left. None without a limit."""
    known = left(provider, now)
    return None if known is None else known // 2


def _refused(outcome: Outcome, detail: str, now: datetime, wait: timedelta | None = None) -> Fetched:
    return Fetched(outcome, now, timedelta(0), detail, retry_after=wait)
