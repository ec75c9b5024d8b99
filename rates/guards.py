"""Hold a price to the limits its reader set. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from rates.errors import ApiError
from rates.price import Price

# The guards that a reader may set, and the largest number of each.
GUARDS = {"max_age": 31_536_000, "min_sources": 1000, "max_dispersion_bps": 1_000_000}


def check_guards(
    price: Price, limits: Mapping[str, Decimal | None], now: datetime, found: dict[str, Any]
) -> None:
    """Refuse a price older, thinner or wider than asked for. Raises: ApiError guard_failed with `found`."""
    max_age, min_sources, widest = (
        limits.get(name) for name in ("max_age", "min_sources", "max_dispersion_bps")
    )
    broken = None
    if max_age is not None and now - price.as_of > timedelta(microseconds=int(max_age * 1_000_000)):
        broken = f"The price is older than {max_age:f} s."
    elif min_sources is not None and price.sources < min_sources and price.method != "identity":
        broken = f"The price rests on fewer than {min_sources} sources."
    elif widest is not None and price.dispersion_bps > widest:
        broken = f"The sources lie more than {widest} basis points apart."
    if broken:
        raise ApiError("guard_failed", 409, broken, extra={"found": found})
