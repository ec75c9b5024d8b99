"""Derive the price of any pair from decisions, by division. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from providers.adapters.base import Basis
from rates.price import EXACT, ONE, PIVOT, Decision, Price, Sides, publish


def derive(
    base: str, quote: str, decisions: Mapping[str, Decision], *, max_age: timedelta, now: datetime
) -> Price | None:
    """Price any pair from the decisions of its two currencies, or from its own where it has one.

    None when one of them is undecided.
    """
    if base == quote:
        return _identity(base, max_age, now)
    own = decisions.get(f"{base}/{quote}") or decisions.get(f"{quote}/{base}")
    legs = [decisions[currency] for currency in (base, quote) if currency in decisions]
    if own is None and len(legs) < 2 - (PIVOT in (base, quote)):
        return None
    if own or len(legs) == 1:
        price = _decided(own or legs[0], max_age)
        return price if price.base == base else price.inverse()
    return _cross(base, quote, legs[0], legs[1], max_age)


def _identity(code: str, max_age: timedelta, now: datetime) -> Price:
    return Price(
        code,
        code,
        ONE,
        ONE,
        ONE,
        now,
        Basis.RECEIVED,
        now,
        "identity",
        (code,),
        0,
        Decimal(0),
        "high",
        max_age,
    )


def _decided(leg: Decision, max_age: timedelta) -> Price:
    """State a decision as a price."""
    path: tuple[str, ...] = (leg.base, leg.quote)
    if leg.via:
        path = leg.path if leg.path[0] == leg.base else leg.path[::-1]
    return Price(
        base=leg.base,
        quote=leg.quote,
        bid=leg.bid,
        ask=leg.ask,
        mid=leg.mid,
        as_of=leg.as_of,
        as_of_basis=leg.as_of_basis,
        received_at=leg.received_at,
        method=leg.method,
        path=path,
        sources=leg.used,
        dispersion_bps=leg.dispersion_bps,
        confidence=leg.confidence,
        max_age=max_age,
        legs=_with_anchors(leg),
    )


def _cross(base: str, quote: str, one: Decision, other: Decision, max_age: timedelta) -> Price:
    """Divide two decisions; the weaker leg lends the cross its age, count and confidence."""
    with localcontext(EXACT):
        sides = _fixed(one, other) or one.in_pivot().per(other.in_pivot())
    legs, path = (one, other), _path(one, other)
    older = min(legs, key=lambda leg: leg.as_of)
    assert sides.bid is not None
    assert sides.ask is not None
    return Price(
        base=base,
        quote=quote,
        bid=publish(sides.bid),
        ask=publish(sides.ask),
        mid=publish(sides.mid),
        as_of=older.as_of,
        as_of_basis=older.as_of_basis,
        received_at=min(leg.received_at for leg in legs),
        method="peg" if len(path) == 2 else "cross",
        path=path,
        sources=min(leg.used for leg in legs),
        dispersion_bps=max(leg.dispersion_bps for leg in legs),
        confidence="low" if any(leg.confidence == "low" for leg in legs) else "high",
        max_age=max_age,
        legs=_with_anchors(*legs),
    )


def _path(one: Decision, other: Decision) -> tuple[str, ...]:
    """Name the currencies gone through: to where the ways of both legs meet, and back from there."""
    meeting = next(code for code in one.path if code in other.path)
    there, back = one.path[: one.path.index(meeting)], other.path[: other.path.index(meeting)]
    return (*there, meeting, *back[::-1])


def _fixed(one: Decision, other: Decision) -> Sides | None:
    """Give exactly what pegs fix between two currencies: dividing rounded decisions would blur it.

    None where no peg joins them.
    """
    anchor = one.via or other.via
    if anchor is None:
        return None
    per = [_per(leg, anchor.currency) for leg in (one, other)]
    if per[0] is None or per[1] is None:
        return None
    mid = per[1] / per[0]
    return Sides(mid, mid, mid)


def _per(leg: Decision, anchor: str) -> Decimal | None:
    """Say how many units of a leg's currency are one anchor by its peg. None where it hangs elsewhere."""
    if leg.currency == anchor:
        return ONE
    is_joined = leg.via is not None and leg.via.currency == anchor and leg.asked and leg.asked.peg
    return leg.asked.peg.per_anchor if is_joined and leg.asked and leg.asked.peg else None


def _with_anchors(*legs: Decision) -> tuple[Decision, ...]:
    """List legs, and what they hang on, each once."""
    hung = [leg.via for leg in legs if leg.via]
    return tuple({leg.currency: leg for leg in (*legs, *hung)}.values())
