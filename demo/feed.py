"""Say what every currency costs in a given second, for the market and for each vendor's view of it."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from demo.levels import Listing
from demo.walk import Walk, disagreement, drift, exactly, walk_of

PIVOT = "USD"
NO_VENDOR = ""
# One second's prices for each vendor, the market's own, and a few dates that a backfill walks through.
REMEMBERED = 8

Rates = Mapping[str, Decimal]


class Feed:
    """Price all currencies from one seed; every answer is a function of its arguments."""

    def __init__(self, seed: int, listings: Mapping[str, Listing]) -> None:
        self.seed = seed
        self.listings = listings
        self._walks: dict[str, Walk] = {
            code: walk_of(seed, code, listing.volatility) for code, listing in listings.items()
        }
        self.per_usd: Callable[[int, str], Rates] = lru_cache(REMEMBERED)(self._per_usd)
        self._drifts: Callable[[int], Rates] = lru_cache(2)(self._all_drifts)

    @exactly
    def per_euro(self, slot: int, codes: Iterable[str]) -> dict[str, Decimal]:
        """Return some currencies' market rates, units per euro, without working out the others."""
        drifts: dict[str, Decimal] = {}
        euro = self._price("EUR", drifts, slot, NO_VENDOR)
        return {code: self._price(code, drifts, slot, NO_VENDOR) / euro for code in codes}

    @exactly
    def bid_ask(self, code: str, mid: Decimal) -> tuple[Decimal, Decimal]:
        """Return what a mid is bought and sold at."""
        half = mid * self.listings[code].spread_bps / 20_000
        return mid - half, mid + half

    @exactly
    def _per_usd(self, slot: int, vendor: str) -> Rates:
        drifts = dict(self._drifts(slot))
        return {code: self._price(code, drifts, slot, vendor) for code in self.listings}

    def _all_drifts(self, slot: int) -> Rates:
        return {code: drift(walk, slot) for code, walk in self._walks.items()}

    def _price(self, code: str, drifts: dict[str, Decimal], slot: int, vendor: str) -> Decimal:
        if code == PIVOT:
            return Decimal(1)
        listing = self.listings[code]
        if code not in drifts:
            drifts[code] = drift(self._walks[code], slot)
        moved = 1 + drifts[code]
        if vendor and listing.volatility:
            moved += disagreement(self.seed, vendor, code, listing.spread_bps, slot)
        return self._price(listing.anchor, drifts, slot, vendor) * listing.level * moved


@exactly
def rebase(rates: Rates, base: str) -> dict[str, Decimal]:
    """Turn rates against one currency into rates against another of them."""
    return {code: rate / rates[base] for code, rate in rates.items()}
