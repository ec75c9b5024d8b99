"""Store what staff order, and what deciding remembers from run to run."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from providers.fields import RateField, plain, positive
from rates.models.pairs import Pair
from rates.price import Sides


class OverrideQuerySet(models.QuerySet["Override"]):
    """Verbs for reading overrides."""

    def in_force(self, now: datetime) -> Self:
        """Keep those that have not ended."""
        return self.filter(expires_at__gt=now)


class Override(models.Model):
    """The price of a pair by order of staff, until it expires or is taken back."""

    pair = models.OneToOneField(Pair, on_delete=models.CASCADE, related_name="override")
    mid = RateField(help_text="Quote units per one base.")
    bid = RateField(null=True, blank=True, help_text="Empty, with the ask: equal to the mid.")
    ask = RateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField(help_text="From then on sources count again.")
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = OverrideQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=positive("mid"), name="override_mid_positive"),
            models.CheckConstraint(
                condition=Q(bid__isnull=True, ask__isnull=True)
                # A comparison with nothing is no refusal.
                | Q(bid__isnull=False, ask__isnull=False, bid__lte=F("mid"), ask__gte=F("mid"))
                & positive("bid")
                & positive("ask"),
                name="override_mid_between",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pair} {plain(self.mid)}"

    @property
    def sides(self) -> Sides:
        """The price that staff set."""
        return Sides(self.mid, self.bid, self.ask)


class LastDecision(models.Model):
    """What was decided last of a currency, or of a pair by itself: new ticks are judged by it.

    A price by order, of staff or of a peg, is no witness; only until when it held is remembered.
    """

    subject = models.CharField(max_length=7, primary_key=True)
    mid = RateField(null=True)
    as_of = models.DateTimeField(null=True)
    ordered_until = models.DateTimeField(null=True)
    # The only source that it rested on; empty where there were more.
    alone = models.CharField(max_length=50, default="")

    def __str__(self) -> str:
        return self.subject
