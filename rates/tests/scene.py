"""Set a database up for pricing, let sources say things, and publish what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from providers.adapters.base import Basis, Tick
from providers.models import Provider
from providers.services import keep
from rates.currencies import CURRENCIES
from rates.models import Currency, Pair, RunCounter
from rates.price import Price, orient
from rates.services import begin_run, record, reprice
from rates.tests.builders import NOW

NINE = ("AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "INR", "JPY", "USD")
THIRTY_SIX = sorted(orient(*pair) for pair in combinations(NINE, 2))
LEVELS = {"EUR": "0.92", "GBP": "0.78", "AUD": "1.52", "CAD": "1.37", "CHF": "0.88", "CNY": "7.1",
          "INR": "84.5", "JPY": "151.8", "NOK": "10.9", "SEK": "10.4"}  # fmt: skip


class Market(Protocol):
    """What a test may ask of the running demo market."""

    def status(self) -> Any: ...
    def fault(self, vendor: str, kind: str, seconds: float | None = None) -> None: ...
    def turn(self, **switches: bool) -> None: ...


@contextmanager
def shared_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let tests share rows: what each of them does is undone by itself, the rows at the end."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def set_up(*symbols: str, environment: str = "demo") -> None:
    """Fill the tables of a first start: the pairs named, or the 36 of nine currencies."""
    Currency.objects.bulk_create(
        Currency(code=c.code, numeric=c.numeric, name=c.name, minor_units=c.minor_units, active=c.active)
        for c in CURRENCIES.values()
    )
    pairs = [tuple(symbol.split("/")) for symbol in symbols] or THIRTY_SIX
    Pair.objects.bulk_create(Pair(base_id=base, quote_id=quote) for base, quote in pairs)
    RunCounter.objects.create(environment=environment)


def provider(key: str = "fixer", *, interval: int = 3, **columns: Any) -> Provider:
    """Add a source that is switched on and has its key."""
    made = Provider(key=key, name=key, enabled=True, interval_seconds=interval, **columns)
    if not made.adapter.keyless:
        made.set_key(f"demo-key-{key}")
    made.save()
    return made


def said(key: str = "fixer", *, at: datetime = NOW, behind: float = 0, **per_dollar: str) -> list[Tick]:
    """Build one poll of a source: units per dollar, observed `behind` seconds before it was received."""
    as_of = at - timedelta(seconds=behind)
    return [Tick(key, "USD", code, Decimal(mid), as_of, Basis.VENDOR, at) for code, mid in per_dollar.items()]


def fixed(day: datetime, *, at: datetime, **per_euro: str) -> list[Tick]:
    """Build one answer of the ECB: units per euro, stated for a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        Tick("ecb", "EUR", code, Decimal(mid), midnight, Basis.DATE, at) for code, mid in per_euro.items()
    ]


def run(ticks: Iterable[Tick], at: datetime = NOW) -> list[Price]:
    """Keep ticks, price what changed and record it, as one run of the pipeline does."""
    with transaction.atomic():
        counter = begin_run()
        return record(reprice(keep(ticks), at), counter, at)


def publish_all(*keys: str) -> dict[str, Price]:
    """Publish every pair of the nine currencies from these sources, which agree, just now."""
    now = timezone.now()
    per_dollar = {code: LEVELS[code] for code in NINE if code != "USD"}
    ticks = [tick for key in keys for tick in said(key, at=now, **per_dollar)]
    return {price.symbol: price for price in run(ticks, now)}
