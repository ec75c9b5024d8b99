"""Decide prices and record them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.conf import settings

from providers.adapters.base import Tick
from providers.models import Provider
from providers.services import newest_ticks
from rates.current import ours
from rates.hours import last_traded, market
from rates.models import Pair, Rate, RateDecision, RunCounter
from rates.price import PIVOT, Decision, Price, Rules, Source
from rates.pricing import decide, derive
from rates.rebase import rebase
from rates.serializers import inputs_object

_SHORTEST_MAX_AGE = timedelta(seconds=10)
# As far as a vendor's clock may go ahead of ours.
_AHEAD = timedelta(minutes=2)


def begin_run() -> RunCounter:
    """Lock the counter, so that runs follow one another until their commit. Raises: WrongEnvironment."""
    return ours(RunCounter.objects.select_for_update().get())


def wanted_currencies() -> set[str]:
    """Name every currency that a tracked pair needs, and the pivot."""
    pairs = Pair.objects.tracked().values_list("base", "quote")
    return {currency for pair in pairs for currency in pair} | {PIVOT}


def reprice(
    changed: Collection[str], now: datetime, spoken: Collection[str] = ()
) -> list[tuple[Pair, Price]]:
    """Price every tracked pair that one of the changed currencies is part of; the pivot changes nothing.

    A pair is left out while its sources only know of an earlier time than the price that is published.
    Currencies that were `spoken` of without news are looked at for what came in between, on demand.
    """
    moved = set(changed) - {PIVOT}
    tracked = Pair.objects.tracked().of(moved | set(spoken) - {PIVOT})
    pairs, published = list(tracked), Rate.objects.newest_as_of(tracked)
    providers = list(Provider.objects.enabled())
    needed = {currency for pair in pairs for currency in (pair.base_id, pair.quote_id)} - {PIVOT}
    decisions, default = decide_all(needed, providers, now), default_max_age(providers)
    state, priced = market_state(now), []
    for pair in pairs:
        price = derive(pair.base_id, pair.quote_id, decisions, max_age=_max_age(pair, default), now=now)
        if price and _goes_on(price, published.get(pair.pk), moved, now):
            priced.append((pair, replace(price, market=state)))
    return priced


def _goes_on(price: Price, published: datetime | None, moved: set[str], now: datetime) -> bool:
    """Say whether a price follows the one published; without news it must be of a later time.

    One that was published ahead of our clock, before that was set back, holds nothing back.
    """
    if published is None or price.as_of < published > now + _AHEAD:
        return True
    is_moved = not moved.isdisjoint((price.base, price.quote))
    return price.as_of >= published if is_moved else price.as_of > published


def decide_all(
    currencies: Iterable[str], providers: Sequence[Provider], now: datetime
) -> dict[str, Decision]:
    """Decide currencies against the pivot from the newest ticks of all sources."""
    said, methods = _said(newest_ticks(providers)), Pair.objects.methods_against(PIVOT)
    rules = {p.key: Rules(p.priority, p.max_age, daily=p.adapter.daily) for p in providers}
    traded, decided = now if settings.FX_DEMO else last_traded(now), {}
    for currency in currencies:
        heard = [sources[currency] for sources in said if currency in sources]
        method = methods.get(currency, "median")
        if decision := decide(currency, heard, rules, now=now, method=method, traded=traded):
            decided[currency] = decision
    return decided


def _said(ticks: Iterable[Tick]) -> list[dict[str, Source]]:
    """Rebase each source's ticks: only ticks of one moment may be divided by each other.

    Of one moment are those of one poll, and those stated for the same time: what a table that has not changed
    said first stays with the poll it came in, and a currency asked for later comes in another.
    """
    ticks = list(ticks)
    newest: dict[str, dict[str, Source]] = {}
    for moment in (attrgetter("provider", "as_of"), attrgetter("provider", "received_at")):
        for (provider, _), group in groupby(sorted(ticks, key=moment), moment):
            newest.setdefault(provider, {}).update(rebase(group))
    return list(newest.values())


def record(priced: Sequence[tuple[Pair, Price]], counter: RunCounter, now: datetime) -> list[Price]:
    """Store a run's decisions and rates under the next `seq`; nothing priced takes no number."""
    if not priced:
        return []
    counter.seq += 1
    counter.save(update_fields=["seq"])
    legs = {leg.currency: leg for _, price in priced for leg in price.legs}
    RateDecision.objects.bulk_create(
        RateDecision(seq=counter.seq, currency=currency, inputs=inputs_object([leg], now))
        for currency, leg in legs.items()
    )
    rows = [Rate.of(price, pair.pk, counter.seq) for pair, price in priced]
    Rate.objects.bulk_create(rows)
    return [replace(p, seq=counter.seq, rate_id=row.pk) for (_, p), row in zip(priced, rows, strict=True)]


def market_state(now: datetime) -> str:
    """Say whether the market is open; the demo market never closes."""
    return "open" if settings.FX_DEMO else market(now)


def default_max_age(providers: Sequence[Provider]) -> timedelta:
    """Say how long a price is fresh: three times the cadence of the fastest source that can speak."""
    cadences = [provider.cadence for provider in providers if not provider.idle]
    return max(3 * min(cadences), _SHORTEST_MAX_AGE) if cadences else _SHORTEST_MAX_AGE


def _max_age(pair: Pair, default: timedelta) -> timedelta:
    return timedelta(seconds=pair.max_age_seconds) if pair.max_age_seconds else default
