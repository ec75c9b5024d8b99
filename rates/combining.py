"""Combine the sources that count into one price, by the method that staff chose. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from statistics import median, median_low

from rates.case import Case
from rates.price import EXACT, Sides, Source

# A weight is shown and stored, so it is rounded before it counts; none becomes nothing.
_LEAST_WEIGHT = Decimal("1E-12")
# Sides this many times further from the mid than is usual, or further than any market's, are no sides.
_TIMES_USUAL, _WIDEST = 5, Decimal("0.05")
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


def combine(case: Case, used: Sequence[Source]) -> Sides:
    """Combine the mids, and then the sides of those that state two near that mid; it lies between them."""
    mids, method = [source.sides.mid for source in used], case.terms.method
    mid = _mean([(s.sides.mid, s.weight) for s in used]) if method == "weighted" else median(mids)
    sided = _plausible(case, used, mid)
    if not sided:
        return Sides(mid, mid, mid)
    bid, ask = _METHODS.get(method, _median)(sided)
    if method == "best" and not bid <= mid <= ask:
        # Where they cross nobody would trade; where they leave the mid out, the other mids contradict them.
        bid, ask = _median(sided)
    return Sides(mid, min(bid, mid), max(ask, mid))


def _plausible(case: Case, used: Sequence[Source], mid: Decimal) -> list[_Sided]:
    """Keep the sides that lie about as far from the mid as is usual among the sources."""
    sided = [
        _Sided(s.sides.bid, s.sides.ask, s.weight)
        for s in used
        if s.sides.bid is not None and s.sides.ask is not None
    ]
    if not sided:
        return []
    usual = median_low(each.away_from(mid) for each in sided)
    limit = max(case.terms.max_dispersion, min(_WIDEST, _TIMES_USUAL * usual))
    return [each for each in sided if each.away_from(mid) <= limit]


@dataclass(frozen=True, slots=True)
class _Sided:
    """Both sides of one source, and its weight."""

    bid: Decimal
    ask: Decimal
    weight: Decimal

    def away_from(self, mid: Decimal) -> Decimal:
        """Say how far the further side lies from a mid, as a part of it."""
        return max(abs(self.bid / mid - 1), abs(self.ask / mid - 1))


def _median(sided: Sequence[_Sided]) -> tuple[Decimal, Decimal]:
    """Take the middle one; of an even number the middle of the two."""
    return median(each.bid for each in sided), median(each.ask for each in sided)


def _weighted(sided: Sequence[_Sided]) -> tuple[Decimal, Decimal]:
    """Take the mean by weight."""
    bids, asks = ([(each.bid, each.weight) for each in sided], [(each.ask, each.weight) for each in sided])
    return _mean(bids), _mean(asks)


def _best(sided: Sequence[_Sided]) -> tuple[Decimal, Decimal]:
    """Take the highest bid and the lowest ask."""
    return max(each.bid for each in sided), min(each.ask for each in sided)


_METHODS: Mapping[str, Callable[[Sequence[_Sided]], tuple[Decimal, Decimal]]] = {
    "weighted": _weighted,
    "best": _best,
}


def _mean(weighed: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    # Equal numbers keep their digits: their mean by weights that are rounded could differ in the last.
    numbers = {number for number, _ in weighed}
    if len(numbers) == 1:
        return numbers.pop()
    nothing = Decimal(0)
    total = sum((number * weight for number, weight in weighed), nothing)
    return total / sum((weight for _, weight in weighed), nothing)
