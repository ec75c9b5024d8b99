"""Build what the stream's tests need, with defaults for what they do not care about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from providers.adapters.base import Basis
from rates.price import Price
from streaming.order import Run

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def price(symbol: str = "EUR/USD", mid: str = "1.25", seq: int | None = 1, as_of: datetime = NOON) -> Price:
    """Build a price that is fresh for ten seconds."""
    base, quote = symbol.split("/")
    return Price(
        base=base,
        quote=quote,
        bid=Decimal(mid),
        ask=Decimal(mid),
        mid=Decimal(mid),
        as_of=as_of,
        as_of_basis=Basis.VENDOR,
        received_at=as_of,
        method="median",
        path=(base, quote),
        sources=3,
        dispersion_bps=Decimal("0.8"),
        confidence="high",
        max_age=timedelta(seconds=10),
        seq=seq,
    )


def run(seq: int, *prices: Price, stream: str = "a") -> Run:
    """Build a run whose prices carry its `seq`."""
    return Run(stream, seq, tuple(replace(each, seq=seq) for each in prices), NOON)


def seqs(runs: Sequence[Run]) -> list[int]:
    """List the runs by their numbers."""
    return [each.seq for each in runs]
