"""Store daily reference rates: what a source fixed for a day, and every correction of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from providers.fields import RateField, plain, positive

LONGEST_GAP = timedelta(days=14)


class ReferenceRateQuerySet(models.QuerySet["ReferenceRate"]):
    """Verbs for reading reference rates."""

    def stated(self, source: str, base: str, quote: str) -> Self:
        """Keep what a source fixed for a pair, in the direction in which it states it."""
        return self.filter(source=source, base=base, quote=quote)

    def about(self, source: str, currencies: Collection[str]) -> Self:
        """Keep what a source fixed for any of these currencies, against whatever it states them."""
        return self.filter(Q(base__in=currencies) | Q(quote__in=currencies), source=source)

    def observed(self, on: date) -> Self:
        """Keep what may stand for a day: the observations of it and of the 14 days before it.

        The newest day comes first, and of one day what was known last.
        """
        return self.filter(date__lte=on, date__gte=on - LONGEST_GAP).order_by("-date", "-known_at")

    def between(self, first: date, last: date) -> Self:
        """Keep the days of a span, both ends included."""
        return self.filter(date__gte=first, date__lte=last)

    def known_by(self, moment: datetime) -> Self:
        """Leave out what was stored after a moment."""
        return self.filter(known_at__lte=moment)

    def as_known(self, moment: datetime | None) -> Self:
        """Keep of each day of one pair what was known last, now or at a moment; the earliest day first."""
        known = self if moment is None else self.known_by(moment)
        return known.order_by("date", "-known_at").distinct("date")


class ReferenceRate(models.Model):
    """Quote units per one base, fixed by a source for a day. Append-only.

    A correction is a further row of the same day, known later; both stay, and the later one counts.
    """

    source = models.CharField(max_length=50, help_text="The provider's key.")
    date = models.DateField()
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = RateField()
    known_at = models.DateTimeField()

    objects = ReferenceRateQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Also read backwards for the newest observation on or before a day, and its newest correction.
            models.UniqueConstraint(
                fields=["source", "base", "quote", "date", "known_at"], name="referencerate_once"
            ),
            models.CheckConstraint(condition=positive("rate"), name="referencerate_positive"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="referencerate_two_currencies"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.base}/{self.quote} {plain(self.rate)}"
