"""Price pairs that nobody tracks: from what is known, else by one fetch for all who wait."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from providers.asides import between_polls
from providers.fetch import fetch_ticks
from providers.locks import shared_lock
from providers.models import Provider
from providers.services import hold, keep
from rates.currencies import CURRENCIES
from rates.current import inputs_of, tracked_price
from rates.deciding import judge_all
from rates.deriving import derive
from rates.errors import NoRate
from rates.models import Override
from rates.price import PIVOT, Decision, Price, orient
from rates.serializers import from_wire, to_wire
from rates.services import default_max_age, market_state, wanted_currencies

_WAIT_SECONDS = 15
_MONEY = frozenset(code for code, currency in CURRENCIES.items() if currency.active)
_log = structlog.get_logger(__name__)
_local = Lock()


@dataclass(frozen=True, slots=True)
class Current:
    """A price now, whether it was known without asking a vendor, and what it was made of."""

    price: Price
    known: bool
    inputs: list[dict[str, Any]]


def current_price(base: str, quote: str, now: datetime, *, inputs: bool = False) -> Current:
    """Price any pair of known currencies; `inputs` costs a query for a tracked one. Raises: NoRate."""
    if price := tracked_price(base, quote):
        return Current(price, known=True, inputs=inputs_of(price, now) if inputs else [])
    # Both directions are one decision, also while it is remembered.
    first, second = orient(base, quote)
    try:
        current = _untracked(first, second, now)
    except NoRate:
        raise NoRate(f"{base}/{quote}") from None
    return current if base == first else replace(current, price=current.price.inverse())


def _untracked(base: str, quote: str, now: datetime) -> Current:
    """Price a pair in market orientation. Raises: NoRate."""
    if known := _known(base, quote, now):
        return known
    # With Redis away, the callers of this process alone still share one fetch.
    with (
        shared_lock(f"on-demand:{base}:{quote}", seconds=_WAIT_SECONDS, wait=_WAIT_SECONDS) as held,
        _local if held is None else nullcontext(),
    ):
        return _known(base, quote, timezone.now()) or _fetched(base, quote)


def _known(base: str, quote: str, now: datetime) -> Current | None:
    """Find a price that needs no vendor: one that is remembered, or one made of known ticks.

    Raises: NoRate when all sources were asked a moment ago, in vain.
    """
    if ordered := _ordered(base, quote, now):
        return Current(ordered, known=True, inputs=inputs_of(ordered, now))
    kept = _recall(base, quote)
    if kept and kept["price"]:
        return Current(from_wire(kept["price"]), known=True, inputs=kept["inputs"])
    if price := _from_ticks(base, quote, now, intraday=True):
        return Current(price, known=True, inputs=inputs_of(price, now))
    if kept:
        raise NoRate(f"{base}/{quote}")
    return None


def _ordered(base: str, quote: str, now: datetime) -> Price | None:
    """Price a pair by what staff ordered, which holds at once. None where nothing of it is by order."""
    if not Override.objects.in_force(now).exists():
        return None
    price = _from_ticks(base, quote, now, intraday=True)
    return price if price and _is_by_order(price) else None


def _is_by_order(price: Price) -> bool:
    return any(leg.method == "manual" for leg in price.legs)


def _fetched(base: str, quote: str) -> Current:
    """Ask sources in their order until one knows the pair; fall back on a daily fixing. Raises: NoRate."""
    price = _asked(base, quote) or _from_ticks(base, quote, timezone.now(), intraday=False, news=True)
    inputs = inputs_of(price, timezone.now()) if price else []
    kept = {"price": price and to_wire(price), "inputs": inputs}
    # What is by order is not remembered: it would outlive the order.
    if price is None or not _is_by_order(price):
        _remember(base, quote, kept, settings.ON_DEMAND_TTL_SECONDS if price else NoRate.RETRY_SECONDS)
    if price is None:
        raise NoRate(f"{base}/{quote}")
    return Current(price, known=False, inputs=inputs)


def _asked(base: str, quote: str) -> Price | None:
    """Ask sources until one knows the pair; no source is asked for what is money no more.

    A whole poll is asked for: the rates of one answer can only be divided by each other. Everything it tells
    is kept, since for an interval the source is asked no more, whatever pairs are wanted meanwhile.
    """
    if not (CURRENCIES[base].active and CURRENCIES[quote].active):
        return None
    wanted = wanted_currencies() | {base, quote}
    for provider in Provider.objects.enabled():
        if provider.idle or provider.adapter.daily:
            continue
        with between_polls(provider, timezone.now()) as ours:
            if ours:
                keep(fetch_ticks(provider, timezone.now(), wanted, _MONEY), timezone.now())
        # Also where it was not ours: another caller may have asked while this one waited.
        if price := _from_ticks(base, quote, timezone.now(), intraday=True, news=True):
            return price
    return None


def _from_ticks(base: str, quote: str, now: datetime, *, intraday: bool, news: bool = False) -> Price | None:
    """Price a pair from the newest ticks; with `intraday`, only if no leg rests on a daily fixing alone.

    With `news`, staff see what is suspect in it.
    """
    providers = list(Provider.objects.enabled())
    verdicts = judge_all({base, quote} - {PIVOT}, providers, now)
    if news:
        hold(verdicts.refused)
    price = derive(base, quote, verdicts.decisions, max_age=default_max_age(providers), now=now)
    if price is None or (intraday and not _is_intraday(price.legs, providers)):
        return None
    return replace(price, market=market_state(now))


def _is_intraday(legs: Sequence[Decision], providers: Sequence[Provider]) -> bool:
    """Say whether every leg has a source that speaks more than once a day, where there is one at all.

    What staff ordered needs none.
    """
    intraday = {provider.key for provider in providers if not provider.adapter.daily and not provider.idle}
    return not intraday or all(
        leg.method == "manual" or any(source.used and source.provider in intraday for source in leg.sources)
        for leg in legs
    )


def _remember(base: str, quote: str, kept: dict[str, Any], seconds: int) -> None:
    """Keep a price, or that there is none, for everybody who asks within some seconds."""
    try:
        cache.set(_name(base, quote), kept, seconds)
    except redis.RedisError as error:
        _log.warning("cache_unavailable", error=type(error).__name__)


def _recall(base: str, quote: str) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] | None = cache.get(_name(base, quote))
    except redis.RedisError as error:
        _log.warning("cache_unavailable", error=type(error).__name__)
        return None
    return kept


def _name(base: str, quote: str) -> str:
    # Two installations may share a Redis by mistake; a simulated price must not pass for real then either.
    return f"price:{settings.FX_ENVIRONMENT}:{base}:{quote}"
