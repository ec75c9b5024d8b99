"""Store what each source said: every tick once, and the newest of each pair."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from providers.adapters.base import Basis, Tick
from providers.fields import RateField, plain, positive


class TickColumns(models.Model):
    """The columns of a tick, the same in the log and in the table of newest ones."""

    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    bid = RateField(null=True)
    ask = RateField(null=True)
    mid = RateField()
    as_of = models.DateTimeField()
    as_of_basis = models.CharField(max_length=8, choices=[(basis.value, basis.value) for basis in Basis])
    received_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {plain(self.mid)}"

    def as_tick(self, key: str) -> Tick:
        """Give the tick as the provider with this key stated it."""
        basis = Basis(self.as_of_basis)
        return Tick(
            key, self.base, self.quote, self.mid, self.as_of, basis, self.received_at, self.bid, self.ask
        )


def _sound_rates(table: str) -> list[models.BaseConstraint]:
    """Check the rates of a table of ticks: positive numbers, and not crossed."""
    return [
        models.CheckConstraint(condition=positive("mid"), name=f"{table}_mid_positive"),
        models.CheckConstraint(condition=Q(bid__isnull=True) | positive("bid"), name=f"{table}_bid_positive"),
        models.CheckConstraint(condition=Q(ask__isnull=True) | positive("ask"), name=f"{table}_ask_positive"),
        models.CheckConstraint(
            condition=Q(ask__isnull=True) | Q(ask__gte=F("bid")), name=f"{table}_ask_above_bid"
        ),
    ]


class TickLog(TickColumns):
    """Every tick, once: the unique key drops a repetition of the same moment.

    In the database it is parted by the day of `as_of` (see providers.partitions), and its primary key is
    `id` with `as_of`.
    """

    # Checked among the newest ticks already. Here it would cost a probe for each row, and lock the table of
    # providers whenever a day is made or dropped.
    provider = models.ForeignKey(
        "providers.Provider",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote", "as_of"], name="ticklog_once"),
            *_sound_rates("ticklog"),
        ]
        indexes: ClassVar = [
            # Read in the order in which ticks reached us, and by the clean-up of what has no day of its own.
            BrinIndex(fields=["received_at"], name="ticklog_received", autosummarize=True),
        ]


class NewestTick(TickColumns):
    """The newest tick per provider and pair, so that pricing reads no log."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote"], name="newesttick_one"),
            *_sound_rates("newesttick"),
        ]
