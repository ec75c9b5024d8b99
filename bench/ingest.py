"""Measure how fast ticks are stored, and how long a run keeps the others waiting."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from string import ascii_uppercase

from django.db import connection, transaction
from django.utils import timezone

from bench import plain
from bench.measures import Measure, p50, p99
from fxengine.seeds import seed
from providers import partitions
from providers.adapters.base import Basis, Tick
from providers.models import NewestTick, Provider
from providers.services import keep
from rates.services import begin_run, record, reprice

BATCH, BATCHES = 2000, 20
RUNS = 300
SOURCES = ("fixer", "openexchangerates", "freecurrencyapi")
PER_DOLLAR = {"EUR": "0.92", "GBP": "0.78", "AUD": "1.52", "CAD": "1.37", "CHF": "0.88", "CNY": "7.1",
              "INR": "84.5", "JPY": "151.8"}  # fmt: skip
_CODES = ["".join(letters) for letters in product(ascii_uppercase, repeat=3)][:BATCH]
_COPY = (
    "COPY providers_ticklog (provider_id, base, quote, bid, ask, mid, as_of, as_of_basis, received_at)"
    " FROM STDIN"
)
Store = Callable[[list[Tick], int], object]


def measure(options: argparse.Namespace) -> dict[str, Measure]:
    """Store ticks in turns through the product and through the ORM, then time runs."""
    del options
    seed()
    plain.make_tables()
    now = datetime.now(UTC)
    partitions.keep_up(now, timedelta(days=30))
    provider_id = Provider.objects.get(key="fixer").pk
    stores: dict[str, Store] = {
        "keep": lambda ticks, _: keep(ticks),
        "bulk_create": plain.keep,
        "copy": copy,
        "bulk_create log": plain.log,
    }
    speeds = dict.fromkeys(stores, 0.0)
    for number in range(BATCHES):
        for place, (name, store) in enumerate(stores.items()):
            ticks = batch(now + timedelta(milliseconds=number * len(stores) + place))
            speeds[name] += _seconds(store, ticks, provider_id)
    rows = {name: BATCH * BATCHES / seconds for name, seconds in speeds.items()}
    orm = "bulk_create, plain tables"
    return {
        "ticks and newest, 2,000 a batch": Measure(
            rows["keep"], "rows/s", orm, rows["bulk_create"], at_least=2, aim=2.6
        ),
        "backfill by COPY": Measure(rows["copy"], "rows/s", orm, rows["bulk_create log"], at_least=4, aim=6),
        **counter_held(),
    }


def batch(moment: datetime) -> list[Tick]:
    """Make up one poll of many pairs."""
    mids = [Decimal(f"1.{number:05}") for number in range(BATCH)]
    return [
        Tick("fixer", "USD", code, mid, moment, Basis.VENDOR, moment, mid, mid)
        for code, mid in zip(_CODES, mids, strict=True)
    ]


def copy(ticks: list[Tick], provider_id: int) -> None:
    """Stream ticks into their partitions, as a backfill does."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as stream:
        for tick in ticks:
            sides = (tick.bid, tick.ask, tick.mid)
            times = (tick.as_of, tick.as_of_basis.value, tick.received_at)
            stream.write_row((provider_id, tick.base, tick.quote, *sides, *times))


def counter_held() -> dict[str, Measure]:
    """Run the route of one poll of eight currencies, 36 pairs, and time it from the lock to the commit."""
    held = []
    NewestTick.objects.all().delete()
    for number in range(RUNS):
        now = timezone.now()
        ticks = [
            Tick(
                SOURCES[number % 3],
                "USD",
                code,
                Decimal(mid) + Decimal(number) / 10**5,
                now,
                Basis.VENDOR,
                now,
            )
            for code, mid in PER_DOLLAR.items()
        ]
        with transaction.atomic():
            counter = begin_run()
            began = time.perf_counter()
            assert record(reprice(keep(ticks), now), counter, now)
        held.append((time.perf_counter() - began) * 1000)
    held.sort()
    return {
        "a run of 36 pairs holds the counter, p50": Measure(p50(held), "ms"),
        "a run of 36 pairs holds the counter, p99": Measure(p99(held), "ms"),
    }


def _seconds(store: Store, ticks: list[Tick], provider_id: int) -> float:
    began = time.perf_counter()
    store(ticks, provider_id)
    return time.perf_counter() - began
