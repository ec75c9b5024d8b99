"""Combine the sources that count into one price, by the method that staff chose. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from statistics import median

from rates.case import Case
from rates.price import EXACT, Sides, Source

# A weight is shown and stored, so it is rounded before it counts; none becomes nothing.
_LEAST_WEIGHT = Decimal("1E-12")
_MICROSECOND = timedelta(microseconds=1)


def choose(case: Case, heard: Sequence[Source]) -> list[Source]:
    """Prepare the sources for their method: `primary` keeps the most trusted, `weighted` weighs them."""
    used = [source for source in heard if source.used]
    if case.terms.method == "primary" and used:
        first = min(used, key=case.rank)
        return [s.left_out("not_primary") if s.used and s is not first else s for s in heard]
    if case.terms.method == "weighted" and used:
        newest = max(source.observed for source in used)
        return [replace(s, weight=_weight(case, s, newest - s.observed)) if s.used else s for s in heard]
    return list(heard)


def _weight(case: Case, source: Source, older: timedelta) -> Decimal:
    """Weigh a source: its weight by e to the power of minus its age in half-lives, behind the newest.

    Counted from the newest, nobody's part in the price changes while nobody says anything.
    """
    age = Decimal(older // _MICROSECOND) / Decimal(case.terms.half_life // _MICROSECOND)
    weight = case.rules[source.provider].weight * EXACT.exp(-age)
    return max(weight.quantize(_LEAST_WEIGHT), _LEAST_WEIGHT)


def combine(method: str, used: Sequence[Source]) -> Sides:
    """Combine the mids, and each side among the sources that state it; the mid lies between its sides."""
    return _METHODS.get(method, _median)(used)


def _median(used: Sequence[Source]) -> Sides:
    """Take the middle one; of an even number the middle of the two."""
    mid = median(source.sides.mid for source in used)
    bids, asks = _bids(used), _asks(used)
    return _between(mid, median(bids), median(asks)) if bids and asks else Sides(mid, mid, mid)


def _weighted(used: Sequence[Source]) -> Sides:
    """Take the mean by weight."""
    mid = _mean([(s.sides.mid, s.weight) for s in used])
    bids = [(s.sides.bid, s.weight) for s in used if s.sides.bid is not None]
    asks = [(s.sides.ask, s.weight) for s in used if s.sides.ask is not None]
    return _between(mid, _mean(bids), _mean(asks)) if bids and asks else Sides(mid, mid, mid)


def _best(used: Sequence[Source]) -> Sides:
    """Take the highest bid and the lowest ask; where they cross nobody would trade there, so the median."""
    bids, asks = _bids(used), _asks(used)
    if not (bids and asks) or max(bids) > min(asks):
        return _median(used)
    bid, ask = max(bids), min(asks)
    return Sides(min(max(median(s.sides.mid for s in used), bid), ask), bid, ask)


_METHODS: Mapping[str, Callable[[Sequence[Source]], Sides]] = {"weighted": _weighted, "best": _best}


def _between(mid: Decimal, bid: Decimal, ask: Decimal) -> Sides:
    return Sides(mid, min(bid, mid), max(ask, mid))


def _mean(weighed: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    # Equal numbers keep their digits: their mean by weights that are rounded could differ in the last.
    numbers = {number for number, _ in weighed}
    if len(numbers) == 1:
        return numbers.pop()
    nothing = Decimal(0)
    total = sum((number * weight for number, weight in weighed), nothing)
    return total / sum((weight for _, weight in weighed), nothing)


def _bids(used: Sequence[Source]) -> list[Decimal]:
    return [source.sides.bid for source in used if source.sides.bid is not None]


def _asks(used: Sequence[Source]) -> list[Decimal]:
    return [source.sides.ask for source in used if source.sides.ask is not None]
