"""Say whether a source may be asked now, by breaker and plan, and note how asking it ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Sum

from providers import breaker
from providers.adapters.base import Category
from providers.breaker import Standing, State
from providers.models import BreakerTransition, Outcome, Poll, Provider, QuotaUsage

_MINUTE = timedelta(minutes=1)
# What a source does not support may be the fault of the question; so often in a row it is the source's.
_REPEATED = 3
_log = structlog.get_logger(__name__)


def admit(provider: Provider, requests: int, now: datetime, lasting: timedelta) -> int:
    """Take a poll of so many requests out of the plan, and the probe of a half-open breaker; 0 when refused.

    `lasting` is how long the poll may take. What is taken beyond the requests is for a second try.
    """
    standing = breaker.ask(provider.key, lasting)
    _keep_move(provider, standing, now, "the pause is over")
    taken = take(provider, requests, now) if standing.allowed else 0
    if not taken:
        refused = "quota" if standing.allowed else f"breaker_{standing.state}"
        _log.debug("not_asked", provider=provider.key, reason=refused)
    return taken


def note(poll: Poll, taken: int, retry_after: timedelta | None, left: int | None) -> None:
    """Note how a poll ended: its requests in the plan, what the vendor says is left, the breaker's move."""
    provider, now = poll.provider, poll.started_at
    settle(provider, poll.requests - taken, left, now)
    if poll.outcome == Outcome.OK:
        _keep_move(provider, breaker.note_good(provider.key), now, "a good probe")
    elif poll.outcome != Outcome.UNSUPPORTED or _is_repeated(poll):
        failed = breaker.note_bad(provider.key, Category(poll.outcome), retry_after, provider.interval)
        _keep_move(provider, failed, now, f"{poll.outcome}: {poll.detail}")


def hold(provider: Provider, now: datetime, by: str) -> None:
    """Keep a source from being asked until somebody of the staff resets its breaker."""
    _keep_move(provider, breaker.hold(provider.key), now, "held by staff", by)


def reset(provider: Provider, now: datetime, by: str, reason: str = "reset by staff") -> None:
    """Let a source be asked again at once."""
    _keep_move(provider, breaker.close(provider.key), now, reason, by)


def is_paused(provider: Provider, now: datetime) -> bool:
    """Say whether the breaker would refuse a caller, without taking part."""
    standing = breaker.standings([provider.key])[provider.key]
    return standing.state is State.HELD or (standing.until is not None and standing.until > now)


def usual_requests(provider: Provider) -> int:
    """Say how many requests a poll takes, by the newest one: more than one where a vendor wants each pair."""
    newest = provider.polls.filter(requests__gt=0).order_by("-started_at").values_list("requests", flat=True)
    return newest.first() or 1


def spacing(provider: Provider, interval: timedelta, now: datetime) -> timedelta:
    """Stretch an interval so that the plan lasts until it starts again."""
    plan = provider.plan
    if plan.per_month is None and plan.per_minute is None:
        return interval
    return plan.spacing(interval, left(provider, now), plan.period(now)[1] - now, usual_requests(provider))


def apart(provider: Provider, requests: int, pause: timedelta) -> timedelta:
    """Stretch a pause between answers of so many requests, so that polls keep their part of a minute.

    One request a minute is left beside them at least.
    """
    if provider.requests_per_minute is None:
        return pause
    polled = usual_requests(provider) * (_MINUTE / provider.interval) if provider.enabled else 0
    return max(pause, _MINUTE * requests / max(provider.requests_per_minute - polled, 1))


def left(provider: Provider, now: datetime) -> int | None:
    """Say how many requests of this month are left. None where nobody knows."""
    return usage(provider, now).left(provider.requests_per_month)


def usage(provider: Provider, now: datetime) -> QuotaUsage:
    """Read what this month has taken so far."""
    month = provider.plan.period(now)[0].date()
    found = provider.usage.filter(starts_on=month).first()
    return found or QuotaUsage(provider=provider, starts_on=month)


def most_requests(provider: Provider, most: int) -> int:
    """Say how many requests a poll may send: what a minute of the plan allows, and so many at most."""
    return min(provider.requests_per_minute or most, most)


def take(provider: Provider, requests: int, now: datetime) -> int:
    """Count requests before they are sent, and one for a second try where it is left; 0 when they are not.

    One that is killed midway may have reached the vendor.
    """
    tries = (requests + 1, requests)
    return next((n for n in tries if _fits_minute(provider, n, now) and take_of_month(provider, n, now)), 0)


def _fits_minute(provider: Provider, requests: int, now: datetime) -> bool:
    """Say whether so many requests are left of what the plan allows within a minute."""
    if provider.requests_per_minute is None:
        return True
    polls = provider.polls.filter(started_at__gt=now - _MINUTE)
    sent: int = polls.aggregate(sent=Sum("requests"))["sent"] or 0
    return sent + requests <= provider.requests_per_minute


def take_of_month(provider: Provider, requests: int, now: datetime) -> bool:
    """Count requests that are about to be sent in the plan's month; say whether they were left."""
    plan = provider.plan
    month = plan.period(now)[0].date()
    return not _counted(provider) or QuotaUsage.objects.take(provider.pk, month, requests, plan.per_month)


def settle(provider: Provider, more: int, left: int | None, now: datetime) -> None:
    """Count what was sent beyond what was taken of the month, and note what the vendor says is left."""
    if not _counted(provider):
        return
    month = provider.plan.period(now)[0].date()
    QuotaUsage.objects.settle(provider.pk, month, more)
    if left is not None:
        QuotaUsage.objects.state(provider.pk, month, left)


def _counted(provider: Provider) -> bool:
    return provider.requests_per_month is not None or not provider.adapter.keyless


def _is_repeated(poll: Poll) -> bool:
    """Say whether the newest polls were all refused for what they asked."""
    newest = poll.provider.polls.order_by("-started_at").values_list("outcome", flat=True)[:_REPEATED]
    return list(newest) == [Outcome.UNSUPPORTED] * _REPEATED


def _keep_move(provider: Provider, standing: Standing, now: datetime, reason: str, by: str = "") -> None:
    """Store a move of the breaker, and say it in the log. Everybody may read the reason."""
    if standing.state == standing.before:
        return
    before, after = standing.before.value, standing.state.value
    BreakerTransition.objects.create(
        provider=provider, at=now, before=before, after=after, reason=reason[:200], by=by
    )
    _log.warning("breaker_moved", provider=provider.key, before=before, after=after, reason=reason)
