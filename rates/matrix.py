"""Cross many currencies at one moment: each is worth what it was decided at, and every cell is a quotient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import combinations

from django.conf import settings

from rates.current import tracked_prices
from rates.errors import NoRate
from rates.ondemand import prices_in_pivot
from rates.price import EXACT, ONE, PIVOT, Price, orient, publish
from rates.serializers import standing


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rates among some currencies, by base and quote; `as_of` is the time of the oldest of them."""

    as_of: datetime
    seq: int
    rates: dict[str, dict[str, Decimal]]


def matrix(currencies: Sequence[str], now: datetime) -> Matrix:
    """Price every pair of some currencies, or of all that are tracked.

    Each comes from one number, so that reciprocals and triangles close. Raises: NoRate naming a currency
    that nobody prices, or whose price has expired: a cell has no room to say so.
    """
    _, seq, prices = tracked_prices()
    tracked = {_currency(price): price for price in prices if PIVOT in (price.base, price.quote)}
    wanted = list(dict.fromkeys(currencies or sorted({PIVOT, *tracked})))
    untracked = [code for code in wanted if code != PIVOT and code not in tracked]
    known = tracked | (prices_in_pivot(untracked, now) if untracked else {})
    legs = {code: known[code] for code in wanted if code != PIVOT}
    for code, leg in legs.items():
        if standing(leg, now, settings.FX_ENVIRONMENT)[0] == "expired":
            raise NoRate(f"{code}/{PIVOT}")
    rates = _cross({code: _worth(legs[code]) if code in legs else ONE for code in wanted})
    # The run that published the newest of them may be younger than the number read before.
    newest = max([seq, *(price.seq or 0 for price in prices)])
    return Matrix(min((leg.as_of for leg in legs.values()), default=now), newest, rates)


def _cross(worth: Mapping[str, Decimal]) -> dict[str, dict[str, Decimal]]:
    """Divide what currencies are worth, as prices are made: the other way round is one over the first."""
    rates = {base: dict.fromkeys(worth, ONE) for base in worth}
    with localcontext(EXACT):
        for pair in combinations(worth, 2):
            base, quote = orient(*pair)
            rates[base][quote] = publish(worth[base] / worth[quote])
            rates[quote][base] = publish(ONE / rates[base][quote])
    return rates


def _currency(price: Price) -> str:
    return price.quote if price.base == PIVOT else price.base


def _worth(leg: Price) -> Decimal:
    """Say what one unit of the currency is worth in the pivot, from the number that was decided."""
    decided = leg.inverse_of or leg
    return EXACT.divide(ONE, decided.mid) if decided.base == PIVOT else decided.mid
