"""Make the one price shape that REST, socket, page and receipts speak, and the form it travels in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from providers.adapters.base import Basis
from rates.hours import last_traded, market
from rates.price import EXACT, Decision, Price, Source

LIVE = "live"


def decimal_text(number: Decimal) -> str:
    """Write a plain decimal: no exponent, at least the digits it has."""
    return format(number, "f")


def time_text(moment: datetime) -> str:
    """Write RFC 3339 in UTC with `Z` and milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def standing(price: Price, now: datetime, environment: str) -> tuple[str, str]:
    """Say how fresh a price is, and whether its market trades; while that is closed nothing ages.

    A simulated market never closes.
    """
    if environment != LIVE:
        return price.grade(now), price.market
    return price.grade(now, last_traded(now)), market(now)


def price_object(price: Price, now: datetime, environment: str) -> dict[str, Any]:
    """Write a price as the API shows it at `now`; a simulated one says so."""
    grade, state = standing(price, now, environment)
    shown: dict[str, Any] = {
        "base": price.base,
        "quote": price.quote,
        "symbol": price.symbol,
        "bid": decimal_text(price.bid),
        "ask": decimal_text(price.ask),
        "mid": decimal_text(price.mid),
        "spread": decimal_text(EXACT.subtract(price.ask, price.bid)) if price.ask != price.bid else "0",
        "as_of": time_text(price.as_of),
        "as_of_basis": price.as_of_basis.value,
        "received_at": time_text(price.received_at),
        "stale": grade in ("stale", "expired"),
        "grade": grade,
        "confidence": price.confidence,
        "market": state,
        "method": price.method,
        "path": list(price.path),
        "sources": price.sources,
        "dispersion_bps": decimal_text(price.dispersion_bps),
    }
    if price.seq is not None:
        shown["seq"] = price.seq
    if price.rate_id is not None:
        shown["rate_id"] = str(price.rate_id)
    if environment != LIVE:
        shown["environment"] = environment
    return shown


def inputs_object(legs: Iterable[Decision], now: datetime) -> list[dict[str, Any]]:
    """Write every source of every leg: what it said, whether it counted, or why not."""
    return [source_object(leg.base, leg.quote, source, now) for leg in legs for source in leg.sources]


def source_object(base: str, quote: str, source: Source, now: datetime) -> dict[str, Any]:
    """Write one source's part in a decision of a pair."""
    sides = source.sides
    return {
        "symbol": f"{base}/{quote}",
        "provider": source.provider,
        "bid": None if sides.bid is None else decimal_text(sides.bid),
        "ask": None if sides.ask is None else decimal_text(sides.ask),
        "mid": decimal_text(sides.mid),
        "as_of": time_text(source.as_of),
        "as_of_basis": source.as_of_basis.value,
        "received_at": time_text(source.received_at),
        "age_ms": round((now - source.as_of) / timedelta(milliseconds=1)),
        "weight": decimal_text(source.weight),
        "used": source.used,
        "reason": source.reason,
    }


def to_wire(price: Price) -> dict[str, Any]:
    """Write a price for the channel layer: plain strings and numbers, without its legs."""
    return {
        "base": price.base,
        "quote": price.quote,
        "sides": [str(side) for side in (price.mid, price.bid, price.ask)],
        "as_of": price.as_of.isoformat(),
        "as_of_basis": price.as_of_basis.value,
        "received_at": price.received_at.isoformat(),
        "method": price.method,
        "path": list(price.path),
        "sources": price.sources,
        "dispersion_bps": str(price.dispersion_bps),
        "confidence": price.confidence,
        "max_age_s": price.max_age.total_seconds(),
        "market": price.market,
        "seq": price.seq,
        "rate_id": str(price.rate_id) if price.rate_id else None,
        "inverse_of": to_wire(price.inverse_of) if price.inverse_of else None,
    }


def from_wire(wire: Mapping[str, Any]) -> Price:
    """Read a price that `to_wire` wrote."""
    mid, bid, ask = (Decimal(side) for side in wire["sides"])
    return Price(
        base=wire["base"],
        quote=wire["quote"],
        bid=bid,
        ask=ask,
        mid=mid,
        as_of=datetime.fromisoformat(wire["as_of"]),
        as_of_basis=Basis(wire["as_of_basis"]),
        received_at=datetime.fromisoformat(wire["received_at"]),
        method=wire["method"],
        path=tuple(wire["path"]),
        sources=wire["sources"],
        dispersion_bps=Decimal(wire["dispersion_bps"]),
        confidence=wire["confidence"],
        max_age=timedelta(seconds=wire["max_age_s"]),
        market=wire["market"],
        seq=wire["seq"],
        rate_id=UUID(wire["rate_id"]) if wire["rate_id"] else None,
        inverse_of=from_wire(wire["inverse_of"]) if wire["inverse_of"] else None,
    )
