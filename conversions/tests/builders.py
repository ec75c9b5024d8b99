"""Build prices with defaults, so that a test states only what it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from providers.adapters.base import Basis
from rates.price import Price

NOW = datetime(2026, 11, 20, 14, 8, 10, 120_000, tzinfo=UTC)


def price(symbol: str = "EUR/USD", mid: str = "1.084361", bid: str = "", ask: str = "") -> Price:
    """Build a fresh decided price; without sides both equal the mid."""
    base, quote = symbol.split("/")
    return Price(
        base=base,
        quote=quote,
        bid=Decimal(bid or mid),
        ask=Decimal(ask or mid),
        mid=Decimal(mid),
        as_of=NOW,
        as_of_basis=Basis.VENDOR,
        received_at=NOW,
        method="median",
        path=(base, quote),
        sources=3,
        dispersion_bps=Decimal("0.8"),
        confidence="high",
        max_age=timedelta(seconds=10),
    )
