"""State the reference rate of a day as a price, so that one converts at it like at any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from providers.adapters.base import Basis
from rates.price import EXACT, ONE, Price, publish
from rates.reference_reads import Fixing, Observation, on_date
from rates.serializers import decimal_text, time_text

METHOD = "reference"
# A rate that stands for a day does not age: whoever asks for the day wants no other.
_AGELESS = timedelta(days=36_500)


def reference_price(base: str, quote: str, day: date, now: datetime) -> tuple[Price, list[dict[str, Any]]]:
    """Find the reference rate on or before a day as a price, with the fixings it is made of as its inputs.

    `as_of` is the first instant of the day of the fixing. Raises: ApiError no_reference_rate.
    """
    series, found = on_date(base, quote, day, today=now.date())
    inputs = [_input_object(series.source, found.day, fixing, now) for fixing in found.fixings]
    return _price(base, quote, found, now), inputs


def _price(base: str, quote: str, found: Observation, now: datetime) -> Price:
    """State a rate in the direction asked; where that is the inverse of one that was fixed, it divides."""
    if [fixing.leg.symbol for fixing in found.fixings] == [f"{quote}/{base}"]:
        fixed = _stated(quote, base, replace(found, rate=found.fixings[0].rate.normalize(EXACT)), now)
        turned = publish(EXACT.divide(ONE, fixed.mid))
        return replace(
            fixed,
            base=base,
            quote=quote,
            bid=turned,
            ask=turned,
            mid=turned,
            path=(base, quote),
            inverse_of=fixed,
        )
    return _stated(base, quote, found, now)


def _stated(base: str, quote: str, found: Observation, now: datetime) -> Price:
    received = max((fixing.known_at for fixing in found.fixings), default=now)
    return Price(
        base=base,
        quote=quote,
        bid=found.rate,
        ask=found.rate,
        mid=found.rate,
        as_of=datetime.combine(found.day, time(), UTC),
        as_of_basis=Basis.DATE,
        received_at=received,
        method=METHOD,
        path=_path(base, quote, found),
        sources=min(1, len(found.fixings)),
        dispersion_bps=Decimal(0),
        confidence="high",
        max_age=_AGELESS,
    )


def _path(base: str, quote: str, found: Observation) -> tuple[str, ...]:
    """Name the currencies gone through."""
    between = {code for fixing in found.fixings for code in (fixing.leg.base, fixing.leg.quote)}
    return (base, *sorted(between - {base, quote}), quote) if base != quote else (base,)


def _input_object(source: str, day: date, fixing: Fixing, now: datetime) -> dict[str, Any]:
    as_of = datetime.combine(day, time(), UTC)
    return {
        "symbol": fixing.leg.symbol,
        "provider": source,
        "bid": None,
        "ask": None,
        "mid": decimal_text(fixing.rate.normalize(EXACT)),
        "as_of": time_text(as_of),
        "as_of_basis": Basis.DATE.value,
        "received_at": time_text(fixing.known_at),
        "age_ms": round((now - as_of) / timedelta(milliseconds=1)),
        "weight": "1",
        "used": True,
        "reason": None,
    }
