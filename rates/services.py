"""Decide prices and record them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from providers.adapters.base import Basis
from providers.models import Provider
from providers.services import hold
from rates.current import ours
from rates.deciding import judge_all, remember
from rates.deriving import derive
from rates.dossier import terms_object
from rates.hours import market
from rates.models import Candle, Pair, Rate, RateDecision, RunCounter
from rates.pegs import hanging_on
from rates.price import CLOCKS_APART, PIVOT, Price
from rates.serializers import inputs_object

_SHORTEST_MAX_AGE = timedelta(seconds=10)


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
    Currencies that were `spoken` of without news are looked at for what came in between, on demand; and so
    are those that a peg ties to what changed.
    """
    moved = set(changed) - {PIVOT}
    looked_at = moved | set(spoken) - {PIVOT} | hanging_on(moved, now.date())
    tracked = Pair.objects.tracked().of(looked_at)
    published = Rate.objects.newest_as_of(tracked)
    return [
        (pair, price)
        for pair, price in _price(list(tracked), now)
        if _goes_on(price, published.get(pair.pk), moved, now)
    ]


def reprice_all(now: datetime, is_ordered_anew: bool) -> list[tuple[Pair, Price]]:
    """Price every tracked pair by what staff order now; keep those that come out otherwise, or later.

    What staff changed a moment ago counts at once, also where the sources that are left spoke before the ones
    they took away: time does not go back for it.
    """
    tracked = Pair.objects.tracked()
    newest = Rate.objects.newest_of(tracked, until=RunCounter.objects.get().seq).select_related("pair")
    published = {rate.pair_id: rate.as_price() for rate in newest}
    priced = _price(list(tracked), now)
    if is_ordered_anew:
        priced = [(pair, _following(price, published.get(pair.pk), now)) for pair, price in priced]
    return [(pair, price) for pair, price in priced if _is_news(price, published.get(pair.pk), now)]


def _price(pairs: Sequence[Pair], now: datetime) -> list[tuple[Pair, Price]]:
    """Decide the currencies of pairs and derive those that have a price; staff see what was suspect."""
    providers = list(Provider.objects.enabled())
    needed = {currency for pair in pairs for currency in (pair.base_id, pair.quote_id)} - {PIVOT}
    verdicts, default = judge_all(needed, providers, now), default_max_age(providers)
    hold(verdicts.refused)
    state, priced = market_state(now), []
    for pair in pairs:
        max_age = _max_age(pair, default)
        price = derive(pair.base_id, pair.quote_id, verdicts.decisions, max_age=max_age, now=now)
        if price:
            priced.append((pair, replace(price, market=state)))
    return priced


def _goes_on(price: Price, published: datetime | None, moved: set[str], now: datetime) -> bool:
    """Say whether a price follows the one published; without news it must be of a later time.

    One that was published ahead of our clock, before that was set back, holds nothing back.
    """
    if published is None or price.as_of < published > now + CLOCKS_APART:
        return True
    is_moved = not moved.isdisjoint((price.base, price.quote))
    return price.as_of >= published if is_moved else price.as_of > published


def _is_news(price: Price, published: Price | None, now: datetime) -> bool:
    """Say whether a price is of a later time than the one published, or of the same and another."""
    if published is None or price.as_of > published.as_of or published.as_of > now + CLOCKS_APART:
        return True
    return price.as_of == published.as_of and _content(price) != _content(published)


def _following(price: Price, published: Price | None, now: datetime) -> Price:
    """Give a price that came out otherwise the time of the one published, where its own is earlier."""
    if published is None or not price.as_of < published.as_of <= now + CLOCKS_APART:
        return price
    if _content(price) == _content(published):
        return price
    return replace(price, as_of=published.as_of, as_of_basis=Basis.RECEIVED)


def _content(price: Price) -> tuple[object, ...]:
    return price.mid, price.bid, price.ask, price.method, price.path, price.sources, price.max_age


def record(priced: Sequence[tuple[Pair, Price]], counter: RunCounter, now: datetime) -> list[Price]:
    """Store a run's decisions, rates and candles under the next `seq`; nothing priced takes no number."""
    if not priced:
        return []
    recorded_at = counter.advance(now)
    legs = {leg.currency: leg for _, price in priced for leg in price.legs}
    RateDecision.objects.bulk_create(
        RateDecision(seq=counter.seq, currency=key, inputs=inputs_object([leg], now), terms=terms_object(leg))
        for key, leg in legs.items()
    )
    remember(legs.values())
    rows = Rate.objects.bulk_create(
        Rate.of(price, pair.pk, counter.seq, recorded_at) for pair, price in priced
    )
    Candle.objects.grow(rows)
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
