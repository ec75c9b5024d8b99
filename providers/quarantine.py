"""Keep what was refused where staff can see it, release it or dismiss it.

One row for each source, pair and reason: a source that is wrong every second counts up on its row, which
shows what it said last. What was dismissed asks to be looked at again when it comes at another level, or for
the first time in a week.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from providers.adapters.base import Basis, Tick
from providers.fields import RATE_DECIMALS, RATE_DIGITS, RateField, fits
from providers.querysets import Droppable

# What can never be a price is not released, only looked at.
RELEASABLE = ("inverted", "scaled", "identity", "peg", "jump", "outlier")
# Who releases a level saw it today; what is said tomorrow asks to be looked at again.
RELEASE_LASTS = timedelta(days=1)
_LONGEST_CODE, _LONGEST_NUMBER = 12, 64
# Counting begins anew at another level, after a week, and once a price was decided in between: only what is
# said thrice in a row can be believed.
_ANEW = """COALESCE(
    known.received_at < excluded.received_at - interval '7 days'
    OR excluded.level NOT BETWEEN known.level * 0.9 AND known.level * 1.1
    OR known.as_of <= excluded.price_as_of, false)"""
# The same time again is a repetition and does not count; a time that is yet to come is of a clock gone wrong.
# A released row is held again by what the release did not let pass, unless that came in before it.
_HOLD = f"""
INSERT INTO providers_quarantinedtick AS known
    (provider_id, base, quote, reason, bid, ask, mid, level, as_of, as_of_basis, received_at, price_as_of,
     first_at, times, state, note)
SELECT *, received_at, 1, 'held', '' FROM unnest(
    %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[],
    %s::timestamptz[], %s::text[], %s::timestamptz[], %s::timestamptz[]
) AS said (
    provider_id, base, quote, reason, bid, ask, mid, level, as_of, as_of_basis, received_at, price_as_of
)
ON CONFLICT (provider_id, base, quote, reason) DO UPDATE SET
    bid = excluded.bid, ask = excluded.ask, mid = excluded.mid, level = excluded.level,
    as_of = excluded.as_of, as_of_basis = excluded.as_of_basis, received_at = excluded.received_at,
    price_as_of = excluded.price_as_of,
    first_at = CASE WHEN {_ANEW} THEN excluded.received_at ELSE known.first_at END,
    times = CASE WHEN {_ANEW} THEN 1 ELSE known.times + 1 END,
    state = CASE
        WHEN known.state = 'dismissed' AND NOT {_ANEW} THEN 'dismissed'
        WHEN known.state = 'released' AND known.reviewed_at >= excluded.received_at THEN 'released'
        ELSE 'held' END
WHERE excluded.as_of > known.as_of
    OR excluded.as_of < known.as_of AND known.as_of > excluded.received_at + interval '2 minutes'
RETURNING provider_id, base, quote, reason, times
"""  # noqa: S608  (the part put in is a constant of this file)


class State(models.TextChoices):
    """What staff made of a quarantined tick."""

    HELD = "held"
    RELEASED = "released"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Refused:
    """One tick and why it does not count; a jump also says of when the price is that it jumped from."""

    tick: Tick
    reason: str
    price_as_of: datetime | None = None


_STANDING = Q(state=State.RELEASED) | Q(state=State.HELD, reason="jump")


class QuarantineQuerySet(Droppable["QuarantinedTick"]):
    """Verbs for the quarantine."""

    def hold(self, refused: Iterable[Refused], provider_ids: dict[str, int]) -> list[Refused]:
        """Keep refused ticks, in one statement; give those back that are not known yet.

        Of one row said twice the newest counts. A refusal goes on being known until it is something else.
        """
        rows: dict[tuple[object, ...], tuple[tuple[object, ...], Refused]] = {}
        for each in sorted(refused, key=lambda each: each.tick.as_of):
            if each.tick.provider in provider_ids:
                row = _row(provider_ids[each.tick.provider], each)
                rows[row[:4]] = row, each
        if not rows:
            return []
        columns = [
            list(column)
            for column in zip(
                *(row for row, _ in sorted(rows.values(), key=lambda kept: kept[0][:4])), strict=True
            )
        ]
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, columns)
            return [rows[tuple(key)][1] for *key, times in cursor.fetchall() if times == 1]

    def standing(self, now: datetime) -> Self:
        """Keep those that deciding heeds: releases that have not ended, and jumps that were not dismissed."""
        is_over = Q(state=State.RELEASED, reviewed_at__lte=now - RELEASE_LASTS)
        return self.filter(_STANDING, level__isnull=False).exclude(is_over)

    def released(self, now: datetime) -> Self:
        """Keep releases that have not ended."""
        return self.filter(state=State.RELEASED).exclude(reviewed_at__lte=now - RELEASE_LASTS)

    def drop(self, batch: int = 10_000) -> int:
        """Delete these rows and count them, few as they are; their history tells only what staff did."""
        return self._raw_delete(self.db)

    def said_before(self, moment: datetime) -> Self:
        """Keep those last said before a moment."""
        return self.filter(received_at__lt=moment)


class QuarantinedTick(models.Model):
    """What a source said of a pair that was refused for one reason: its newest words, and how often."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="+")
    base = models.CharField(max_length=_LONGEST_CODE)
    quote = models.CharField(max_length=_LONGEST_CODE)
    reason = models.CharField(max_length=20)
    bid = models.CharField(max_length=_LONGEST_NUMBER, blank=True)
    ask = models.CharField(max_length=_LONGEST_NUMBER, blank=True)
    mid = models.CharField(max_length=_LONGEST_NUMBER)
    level = RateField(null=True, editable=False)
    as_of = models.DateTimeField()
    as_of_basis = models.CharField(max_length=8, choices=[(basis.value, basis.value) for basis in Basis])
    received_at = models.DateTimeField()
    price_as_of = models.DateTimeField(null=True, editable=False)
    first_at = models.DateTimeField()
    times = models.PositiveIntegerField(help_text="How many of its polls have said it.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.HELD)
    note = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = QuarantineQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        permissions: ClassVar = [("review_quarantinedtick", "Can release or dismiss quarantined ticks")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote", "reason"], name="quarantine_one")
        ]
        indexes: ClassVar = [
            # Read by every run: the few rows that deciding heeds.
            models.Index(
                fields=["provider"],
                condition=_STANDING,
                name="quarantine_standing",
            ),
            # Read by the daily clean-up, which drops by age.
            models.Index(fields=["received_at"], name="quarantine_received"),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.reason}"


def _row(provider_id: int, refused: Refused) -> tuple[object, ...]:
    tick = refused.tick
    sides = (
        "" if side is None else _text(str(side), _LONGEST_NUMBER) for side in (tick.bid, tick.ask, tick.mid)
    )
    codes = (_text(code, _LONGEST_CODE) for code in (tick.base, tick.quote))
    clocks = (tick.as_of, tick.as_of_basis.value, tick.received_at, refused.price_as_of)
    return (provider_id, *codes, refused.reason, *sides, _level(tick.mid), *clocks)


def _text(stated: str, longest: int) -> str:
    """Write down what was stated as it was stated, as far as a row can hold it."""
    shown = stated.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _level(mid: Decimal) -> Decimal | None:
    """Give a number that can be compared. None for what is none."""
    return mid if fits(mid, RATE_DIGITS, RATE_DECIMALS) and mid > 0 else None
