"""Price pairs that nobody tracks: from what is known, else by one fetch for all who wait."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
# Base and quote in market orientation.
Codes = tuple[str, str]


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


def prices_in_pivot(currencies: Collection[str], now: datetime) -> dict[str, Price]:
    """Price currencies that nobody tracks, each in market orientation to the pivot, all at one moment.

    Sources are asked for all together, each once at most. Raises: NoRate naming one that has no price.
    """
    pairs = {code: orient(code, PIVOT) for code in currencies}
    found = _all_known(pairs.values(), now)
    if len(found) < len(pairs):
        with _one_at_a_time(",".join(sorted(pairs))):
            found = _all_known(pairs.values(), timezone.now())
            if lacking := [pair for pair in pairs.values() if pair not in found]:
                fetched = {pair: current.price for pair, current in _fetched(lacking).items()}
                # What was known before is judged anew, at the same moment as what has come.
                found = fetched | _all_known(pairs.values(), timezone.now())
    for pair in pairs.values():
        if pair not in found:
            raise NoRate("/".join(pair))
    return {code: found[pair] for code, pair in pairs.items()}


def _untracked(base: str, quote: str, now: datetime) -> Current:
    """Price a pair in market orientation. Raises: NoRate."""
    if known := _known(base, quote, now):
        return known
    with _one_at_a_time(f"{base}:{quote}"):
        if known := _known(base, quote, timezone.now()):
            return known
        fetched = _fetched([(base, quote)])
    if not fetched:
        raise NoRate(f"{base}/{quote}")
    return fetched[base, quote]


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Let those who want the same wait for one another, a while."""
    # With Redis away, the callers of this process alone still share one fetch.
    with (
        shared_lock(f"on-demand:{name}", seconds=_WAIT_SECONDS, wait=_WAIT_SECONDS) as held,
        _local if held is None else nullcontext(),
    ):
        yield


def _all_known(pairs: Collection[Codes], now: datetime) -> dict[Codes, Price]:
    """Find what prices of pairs need no vendor: from the ticks of one moment, else what is remembered.

    Raises: NoRate when all sources were asked for one of them a moment ago, in vain.
    """
    found = _from_ticks(pairs, now, intraday=True)
    for pair in pairs:
        if pair not in found and (kept := _recall(*pair)):
            if not kept["price"]:
                raise NoRate("/".join(pair))
            found[pair] = from_wire(kept["price"])
    return found


def _known(base: str, quote: str, now: datetime) -> Current | None:
    """Find a price that needs no vendor: one that is remembered, or one made of known ticks.

    Raises: NoRate when all sources were asked a moment ago, in vain.
    """
    if ordered := _ordered(base, quote, now):
        return Current(ordered, known=True, inputs=inputs_of(ordered, now))
    kept = _recall(base, quote)
    if kept and kept["price"]:
        return Current(from_wire(kept["price"]), known=True, inputs=kept["inputs"])
    if price := _from_ticks([(base, quote)], now, intraday=True).get((base, quote)):
        return Current(price, known=True, inputs=inputs_of(price, now))
    if kept:
        raise NoRate(f"{base}/{quote}")
    return None


def _ordered(base: str, quote: str, now: datetime) -> Price | None:
    """Price a pair by what staff ordered, which holds at once. None where nothing of it is by order."""
    if not Override.objects.in_force(now).exists():
        return None
    price = _from_ticks([(base, quote)], now, intraday=True).get((base, quote))
    return price if price and _is_by_order(price) else None


def _is_by_order(price: Price) -> bool:
    return any(leg.method == "manual" for leg in price.legs)


def _fetched(pairs: Collection[Codes]) -> dict[Codes, Current]:
    """Ask sources in their order until all pairs are known; fall back on daily fixings. Remember it all."""
    prices, found = _asked(pairs), {}
    if lacking := [pair for pair in pairs if pair not in prices]:
        prices |= _from_ticks(lacking, timezone.now(), intraday=False, news=True)
    for pair, price in prices.items():
        inputs = inputs_of(price, timezone.now())
        found[pair] = Current(price, known=False, inputs=inputs)
        # What is by order is not remembered: it would outlive the order.
        if not _is_by_order(price):
            _remember(*pair, {"price": to_wire(price), "inputs": inputs}, settings.ON_DEMAND_TTL_SECONDS)
    for pair in pairs:
        if pair not in prices:
            _remember(*pair, {"price": None, "inputs": []}, NoRate.RETRY_SECONDS)
    return found


def _asked(pairs: Collection[Codes]) -> dict[Codes, Price]:
    """Ask sources until one or several know all pairs; no source is asked for what is money no more.

    A whole poll is asked for: the rates of one answer can only be divided by each other. Everything it tells
    is kept, since for an interval the source is asked no more, whatever pairs are wanted meanwhile.
    """
    pairs = [pair for pair in pairs if all(CURRENCIES[code].active for code in pair)]
    wanted = wanted_currencies() | {code for pair in pairs for code in pair}
    found: dict[Codes, Price] = {}
    for provider in Provider.objects.enabled() if pairs else ():
        if provider.idle or provider.adapter.daily:
            continue
        with between_polls(provider, timezone.now()) as ours:
            if ours:
                keep(fetch_ticks(provider, timezone.now(), wanted, _MONEY), timezone.now())
        # Also where it was not ours: another caller may have asked while this one waited.
        found = _from_ticks(pairs, timezone.now(), intraday=True, news=True)
        if len(found) == len(pairs):
            break
    return found


def _from_ticks(
    pairs: Collection[Codes], now: datetime, *, intraday: bool, news: bool = False
) -> dict[Codes, Price]:
    """Price pairs from the newest ticks; with `intraday`, only where no leg rests on a daily fixing alone.

    With `news`, staff see what is suspect in them.
    """
    providers = list(Provider.objects.enabled())
    verdicts = judge_all({code for pair in pairs for code in pair} - {PIVOT}, providers, now)
    if news:
        hold(verdicts.refused)
    max_age, market, found = default_max_age(providers), market_state(now), {}
    for pair in pairs:
        price = derive(*pair, verdicts.decisions, max_age=max_age, now=now)
        if price and (not intraday or _is_intraday(price.legs, providers)):
            found[pair] = replace(price, market=market)
    return found


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
