"""Carry one source's ticks from its answer to every reader. The route of the house on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from django.utils import timezone

from providers.adapters.base import Tick
from providers.fetch import fetch_ticks
from providers.models import Provider
from providers.services import keep, spoken_of
from rates.models import RunCounter
from rates.orders import fingerprint, is_ordered_anew
from rates.price import Price
from rates.reference import remember
from rates.services import begin_run, record, reprice, reprice_all, wanted_currencies
from streaming.broadcast import publish


def run(key: str, now: datetime) -> int:
    """Poll a source and take what it says; count the prices that follow from it."""
    structlog.contextvars.bind_contextvars(provider=key)
    provider = Provider.objects.get(key=key)
    ticks = fetch_ticks(provider, now, wanted_currencies())
    if provider.adapter.daily:
        remember(key, ticks, now)
    return take(ticks)


def take(ticks: Sequence[Tick]) -> int:
    """Keep a source's ticks, polled or streamed, price what changed, record it, tell everybody."""
    if not ticks:
        return 0
    with transaction.atomic():
        counter = begin_run()
        changed = keep(ticks, timezone.now())
        decided_at = timezone.now()
        prices = record(reprice(changed, decided_at, spoken_of(ticks)), counter, decided_at)
        if prices:
            transaction.on_commit(partial(_tell, counter, prices))
    return len(prices)


def heed(now: datetime) -> int:
    """Price anew what staff changed since the last look, where no poll does; count the prices."""
    orders = fingerprint(now)
    if RunCounter.objects.filter(orders=orders).exists():
        return 0
    with transaction.atomic():
        counter = begin_run()
        decided_at = max(now, timezone.now())
        is_new = is_ordered_anew(counter.orders, orders)
        prices = record(reprice_all(decided_at, is_new), counter, decided_at)
        RunCounter.objects.update(orders=orders)
        if prices:
            transaction.on_commit(partial(_tell, counter, prices))
    return len(prices)


def _tell(counter: RunCounter, prices: list[Price]) -> None:
    """Publish a run that is committed: whatever a client has seen can be looked up."""
    publish(str(counter.stream), counter.seq, prices, timezone.now())


def pollable() -> list[str]:
    """Name the sources that are switched on and have what they need."""
    return [provider.key for provider in Provider.objects.enabled() if not provider.idle]
