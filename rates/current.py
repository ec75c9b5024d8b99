"""Find what is published: the board's prices, one price, where the stream stands, what a price is made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from rates.board import board
from rates.errors import WrongEnvironment
from rates.models import Pair, Rate, RateDecision, RunCounter
from rates.price import PIVOT, Price, orient
from rates.serializers import inputs_object


def load_board() -> tuple[str, int, list[Price]]:
    """Read the stream, its position, and every tracked pair's newest price at that position.

    Raises: WrongEnvironment.
    """
    counter = ours(RunCounter.objects.get())
    rates = Rate.objects.newest_of(Pair.objects.tracked(), until=counter.seq).select_related("pair")
    in_symbol_order = rates.order_by("pair__base_id", "pair__quote_id")
    return str(counter.stream), counter.seq, [rate.as_price() for rate in in_symbol_order]


def position() -> tuple[str, int]:
    """Read the stream and the number of its newest run. Raises: WrongEnvironment."""
    counter = ours(RunCounter.objects.get())
    return str(counter.stream), counter.seq


def tracked_symbols() -> frozenset[str]:
    """Name every tracked pair, also those without a price yet."""
    return frozenset(f"{base}/{quote}" for base, quote in Pair.objects.tracked().values_list("base", "quote"))


def tracked_prices() -> tuple[str, int, list[Price]]:
    """Give all tracked prices: from the board where a hub feeds it, else from the database."""
    return (board.stream, board.seq, board.all()) if board.stream else load_board()


def tracked_price(base: str, quote: str) -> Price | None:
    """Give a tracked pair's newest price in the direction asked. None when untracked or not priced yet.

    Raises: WrongEnvironment.
    """
    if board.stream:
        return board.get(base, quote)
    check_environment()
    first, second = orient(base, quote)
    rate = Rate.objects.filter(pair__base=first, pair__quote=second, pair__tracked=True).select_related(
        "pair"
    )
    newest = rate.order_by("-seq").first()
    if newest is None:
        return None
    return newest.as_price() if base == first else newest.as_price().inverse()


def inputs_of(price: Price, now: datetime) -> list[dict[str, Any]]:
    """Find every source behind a price: from its legs, or for a published one from its run."""
    if price.legs or price.seq is None:
        return inputs_object(price.legs, now)
    return [source for decision in decisions_behind(price) for source in decision.inputs]


def decisions_behind(price: Price) -> list[RateDecision]:
    """Read what was decided for a published price: its own pair, or else the currencies on its path."""
    if price.seq is None:
        return []
    own = "/".join(orient(price.base, price.quote))
    subjects = [currency for currency in price.path if currency != PIVOT]
    kept = RateDecision.objects.filter(seq=price.seq, currency__in=[own, *subjects])
    rows = {row.currency: row for row in kept}
    if own in rows:
        return [rows[own]]
    return [rows[subject] for subject in subjects if subject in rows]


def check_environment() -> None:
    """See that the database, once it is set up, holds our prices. Raises: WrongEnvironment."""
    if counter := RunCounter.objects.first():
        ours(counter)


def ours(counter: RunCounter) -> RunCounter:
    """See that a counter is of our environment. Raises: WrongEnvironment."""
    if counter.environment != settings.FX_ENVIRONMENT:
        raise WrongEnvironment(counter.environment, settings.FX_ENVIRONMENT)
    return counter
