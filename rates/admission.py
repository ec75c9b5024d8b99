"""Refuse what cannot be true, and what is too old to count. Pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from rates.case import Case
from rates.price import CLOCKS_APART, Sides, Source

# A day may have begun somewhere else already.
_DAYS_AHEAD = timedelta(days=2)
# No currency is worth more or less dollars than this; a cross of two such still fits its column.
_LEAST, _MOST = Decimal("1E-9"), Decimal("1E+9")
# The last trade may lie a little outside of today's sides; further outside, one of the three is wrong.
_OUTSIDE = Decimal("0.01")


def admit(case: Case) -> list[Source]:
    """Leave out every source whose tick is impossible or stale; the others count so far."""
    refused = ((source, refusal(case, source)) for source in case.heard)
    return [source.left_out(reason) if reason else source for source, reason in refused]


def refusal(case: Case, source: Source) -> str | None:
    """Name what keeps a source's tick from being looked at. None when nothing does."""
    rules, sides = case.rules[source.provider], source.sides
    stated = [side for side in (sides.mid, sides.bid, sides.ask) if side is not None]
    if any(not side.is_finite() or side <= 0 for side in stated):
        return "not_positive"
    if not all(_LEAST <= side <= _MOST for side in stated):
        return "out_of_range"
    if _is_crossed(sides):
        return "crossed"
    if source.as_of - case.now > (_DAYS_AHEAD if rules.daily else CLOCKS_APART):
        return "future"
    return "stale" if case.traded - source.observed > rules.max_age else None


def _is_crossed(sides: Sides) -> bool:
    bid, ask = (sides.mid if side is None else side for side in (sides.bid, sides.ask))
    is_outside = bid > sides.mid * (1 + _OUTSIDE) or ask < sides.mid * (1 - _OUTSIDE)
    return is_outside or (None not in (sides.bid, sides.ask) and bid > ask)
