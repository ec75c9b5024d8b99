"""Hold the reference for ingest: the same columns in tables as Django makes them, filled through the ORM."""

from __future__ import annotations

from typing import ClassVar

from django.db import connection, models

from providers.adapters.base import Tick
from providers.fields import RateField


class PlainTick(models.Model):
    """The columns of a tick with the keys and indexes that Django gives them."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="+")
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    bid = RateField(null=True)
    ask = RateField(null=True)
    mid = RateField()
    as_of = models.DateTimeField()
    as_of_basis = models.CharField(max_length=8)
    received_at = models.DateTimeField()

    class Meta:
        abstract = True
        app_label = "bench"

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"


class PlainLog(PlainTick):
    """Every tick once, in one table."""

    class Meta(PlainTick.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote", "as_of"], name="plainlog_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="plainlog_received")]


class PlainNewest(PlainTick):
    """The newest tick per provider and pair."""

    class Meta(PlainTick.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote"], name="plainnewest_one"),
        ]


def make_tables() -> None:
    """Make both tables."""
    with connection.schema_editor() as schema:
        schema.create_model(PlainLog)
        schema.create_model(PlainNewest)


def log(ticks: list[Tick], provider_id: int) -> None:
    """Log ticks, each once."""
    PlainLog.objects.bulk_create([_row(PlainLog, tick, provider_id) for tick in ticks], ignore_conflicts=True)


def keep(ticks: list[Tick], provider_id: int) -> None:
    """Log ticks and make them the newest."""
    log(ticks, provider_id)
    PlainNewest.objects.bulk_create(
        [_row(PlainNewest, tick, provider_id) for tick in ticks],
        update_conflicts=True,
        unique_fields=["provider", "base", "quote"],
        update_fields=["bid", "ask", "mid", "as_of", "as_of_basis", "received_at"],
    )


def _row(table: type[PlainLog | PlainNewest], tick: Tick, provider_id: int) -> PlainLog | PlainNewest:
    return table(
        provider_id=provider_id,
        base=tick.base,
        quote=tick.quote,
        bid=tick.bid,
        ask=tick.ask,
        mid=tick.mid,
        as_of=tick.as_of,
        as_of_basis=tick.as_of_basis.value,
        received_at=tick.received_at,
    )
