"""Build sources, ticks and polls with sensible defaults."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.adapters.base import Basis, Tick
from providers.models import Outcome, Poll, Provider

NOW = datetime(2026, 11, 20, 14, 8, 10, tzinfo=UTC)


def tick(
    symbol: str = "EUR/USD",
    mid: str = "1.084361",
    *,
    provider: str = "fixer",
    bid: str | None = None,
    ask: str | None = None,
    age: float = 1,
    basis: Basis = Basis.VENDOR,
) -> Tick:
    base, quote = symbol.split("/")
    sides = [None if side is None else Decimal(side) for side in (bid, ask)]
    return Tick(provider, base, quote, Decimal(mid), NOW - timedelta(seconds=age), basis, NOW, *sides)


def source(key: str = "fixer", *, api_key: str = "", **columns: Any) -> Provider:
    """Store a source that is switched on."""
    provider = Provider(**{"key": key, "name": key.title(), "enabled": True} | columns)
    provider.set_key(api_key)
    provider.save()
    return provider


def poll(provider: Provider, outcome: str = "ok", *, age: float = 60, latency_ms: int = 100) -> Poll:
    """Store how a poll ended, so many seconds before NOW."""
    detail = "" if outcome == Outcome.OK else f"it was {outcome}"
    started_at = NOW - timedelta(seconds=age)
    return Poll.objects.create(
        provider=provider, started_at=started_at, latency_ms=latency_ms, outcome=outcome, detail=detail
    )


def only_poll() -> Poll:
    """Read the one poll there is."""
    (found,) = Poll.objects.all()
    return found
