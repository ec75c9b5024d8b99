"""Store how each source was asked: its polls, what they cost of its plan, and how its breaker moved."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Self

from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Greatest

from providers.adapters.base import Category
from providers.breaker import State
from providers.querysets import Droppable

# A row appears and grows in one statement, and grows only as far as the plan allows.
_TAKE = """
INSERT INTO providers_quotausage AS kept (provider_id, starts_on, used)
SELECT %(provider)s, %(starts_on)s, %(requests)s WHERE %(requests)s <= %(limit)s
ON CONFLICT (provider_id, starts_on) DO UPDATE SET
    used = kept.used + excluded.used, stated_left = kept.stated_left - excluded.used
WHERE kept.used + excluded.used <= %(limit)s
RETURNING used
"""
_NO_LIMIT = 2**31 - 1


class Outcome(models.TextChoices):
    """How a poll ended: well, or in one of the categories of failure."""

    OK = "ok"
    AUTH = Category.AUTH.value
    QUOTA = Category.QUOTA.value
    PLAN = Category.PLAN.value
    UNSUPPORTED = Category.UNSUPPORTED.value
    BAD_BODY = Category.BAD_BODY.value
    UNAVAILABLE = Category.UNAVAILABLE.value


class PollQuerySet(Droppable["Poll"]):
    """Verbs for reading polls."""

    def started_before(self, moment: datetime) -> Self:
        """Keep those that began before a moment."""
        return self.filter(started_at__lt=moment)


class Poll(models.Model):
    """How one source was asked once, in one request or several; kept for the health board."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="polls")
    started_at = models.DateTimeField()
    latency_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    detail = models.CharField(max_length=200, blank=True)
    ticks = models.PositiveIntegerField(default=0)
    requests = models.PositiveSmallIntegerField(default=1)

    objects = PollQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # Read by the health board: the last hour and the last success of one provider.
            models.Index(fields=["provider", "-started_at"], name="poll_provider_newest"),
            # Read by the health board: the last failure of a source that hardly ever fails.
            models.Index(
                fields=["provider", "-started_at"],
                condition=~Q(outcome=Outcome.OK),
                name="poll_failed_newest",
            ),
            # Read by the daily clean-up, which drops by age.
            models.Index(fields=["started_at"], name="poll_started"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.started_at:%H:%M:%S} {self.outcome}"


class QuotaUsageQuerySet(models.QuerySet["QuotaUsage"]):
    """Verbs for counting requests."""

    def take(self, provider_id: int, starts_on: date, requests: int, limit: int | None) -> bool:
        """Count requests that are about to be sent; say whether they were left."""
        wanted: dict[str, int | date]
        wanted = {"provider": provider_id, "starts_on": starts_on, "requests": requests}
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, wanted | {"limit": _NO_LIMIT if limit is None else limit})
            return cursor.fetchone() is not None

    def settle(self, provider_id: int, starts_on: date, more: int) -> None:
        """Count what was sent beyond what was taken, or give back what was not."""
        if more:
            row = self.filter(provider=provider_id, starts_on=starts_on)
            row.update(used=Greatest(F("used") + more, 0), stated_left=F("stated_left") - more)

    def state(self, provider_id: int, starts_on: date, left: int) -> None:
        """Note what the vendor says is left: others may ask with the same key."""
        self.filter(provider=provider_id, starts_on=starts_on).update(stated_left=left)


class QuotaUsage(models.Model):
    """The requests sent to one source in one month of its plan."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="usage")
    starts_on = models.DateField()
    used = models.PositiveIntegerField(default=0)
    stated_left = models.IntegerField(null=True)

    objects = QuotaUsageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "starts_on"], name="quotausage_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.starts_on}: {self.used}"

    def left(self, limit: int | None) -> int | None:
        """Say what is left, by our count or the vendor's word, whichever is less. None without either.

        A vendor's word of nothing left counts no more: its month may have begun anew since.
        """
        ours = None if limit is None else max(limit - self.used, 0)
        theirs = self.stated_left if self.stated_left and self.stated_left > 0 else None
        return min((n for n in (ours, theirs) if n is not None), default=None)


class TransitionQuerySet(Droppable["BreakerTransition"]):
    """Verbs for reading the moves of breakers."""

    def before_moment(self, moment: datetime) -> Self:
        """Keep those made before a moment."""
        return self.filter(at__lt=moment)


class BreakerTransition(models.Model):
    """One move of a source's breaker, and why; `by` is who of the staff moved it, for staff alone."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    before = models.CharField(max_length=9, choices=[(state.value, state.value) for state in State])
    after = models.CharField(max_length=9, choices=[(state.value, state.value) for state in State])
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=150, blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # Read by the polls page of one source, newest first.
            models.Index(fields=["provider", "-at"], name="transition_provider_newest"),
            # Read by the daily clean-up, which drops by age.
            models.Index(fields=["at"], name="transition_at"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.before} → {self.after}"
