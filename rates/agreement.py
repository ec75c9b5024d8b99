"""Find where sources agree, and leave out those that stand apart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import median

from rates.case import Case
from rates.price import Source

_MADS = 5
# Fixings of the same day are hours apart: honest ones may lie as far from each other as a day's move.
_FIXINGS_APART = Decimal("0.02")
_ENOUGH_FOR_OUTLIERS = 3


def middle(case: Case, pool: Sequence[Source], witness: Decimal | None) -> Decimal | None:
    """Find the middle of independent sources; between two that disagree, the one nearer to the witness.

    Without a witness the most trusted source's side counts. One origin alone has no middle but the witness.
    """
    votes = case.votes(pool)
    if sum(votes.values()) <= 1:
        return witness
    low, high = _middles(pool, case)
    if not _apart(low, high, case.terms.max_dispersion):
        return (low + high) / 2
    if witness is None:
        return low if min(pool, key=case.trust).sides.mid <= low else high
    return low if witness * witness < low * high else high


def count_once(case: Case, pool: Sequence[Source]) -> list[Source]:
    """Let sources that repeat one another count once: the freshest copy, and of equals the original."""
    return [s.left_out("echo") if s.used and s is not _copy(case, s, pool) else s for s in pool]


def _copy(case: Case, source: Source, pool: Sequence[Source]) -> Source:
    """Choose the copy that counts among those of one origin."""
    same = [s for s in pool if s.used and case.origin(s) == case.origin(source)]
    newest = max(s.as_of for s in same)
    return min(
        (s for s in same if s.as_of == newest),
        key=lambda s: (s.provider != case.origin(s), *case.rank(s)),
    )


def drop_outliers(case: Case, pool: Sequence[Source]) -> list[Source]:
    """Leave out, of three and more, what lies further from the median than they do from each other."""
    mids = [source.sides.mid for source in pool if source.used]
    if len(mids) < _ENOUGH_FOR_OUTLIERS:
        return list(pool)
    centre = median(mids)
    spread = median(abs(mid - centre) for mid in mids)
    limit = max(_MADS * spread, _allowed(case, pool) * centre)

    def is_outlier(source: Source) -> bool:
        far = abs(source.sides.mid - centre) > limit
        return source.used and far and not case.is_released(source)

    return [source.left_out("outlier") if is_outlier(source) else source for source in pool]


def settle(case: Case, pool: Sequence[Source]) -> list[Source]:
    """Choose between two halves that disagree, instead of averaging them to a price that nobody said.

    Where an outlier was left out, the middle of all tells which half; else the most trusted source does. What
    counts of it agrees with what stands in the middle.
    """
    used = [source for source in pool if source.used]
    if len(used) % 2:
        return list(pool)
    mids = sorted(source.sides.mid for source in used)
    low, high = mids[len(used) // 2 - 1 : len(used) // 2 + 1] if used else (Decimal(1), Decimal(1))
    if not _apart(low, high, case.terms.max_dispersion):
        return list(pool)
    is_low = _side(case, pool) <= low

    def agrees(mid: Decimal) -> bool:
        if is_low:
            return mid <= low and not _apart(mid, low, case.terms.max_dispersion)
        return mid >= high and not _apart(high, mid, case.terms.max_dispersion)

    return [s.left_out("disagrees") if s.used and not agrees(s.sides.mid) else s for s in pool]


def _side(case: Case, pool: Sequence[Source]) -> Decimal:
    """Give the number that tells the right half: the very middle of all, or else the most trusted one."""
    mids = [source.sides.mid for source in pool if source.used or source.reason == "outlier"]
    if len(mids) % 2:
        return median(mids)
    return min((source for source in pool if source.used), key=case.trust).sides.mid


def _middles(pool: Sequence[Source], case: Case) -> tuple[Decimal, Decimal]:
    """Find the lower and the upper median by votes; with an odd number of equal votes they are the same."""
    votes, counted, low = case.votes(pool), Fraction(0), None
    half = sum(votes.values()) / 2
    for source in sorted(pool, key=lambda source: source.sides.mid):
        counted += votes[source.provider]
        if low is None and counted >= half:
            low = source.sides.mid
        if counted > half:
            break
    assert low is not None
    return low, source.sides.mid


def _apart(low: Decimal, high: Decimal, limit: Decimal) -> bool:
    return (high - low) * 2 > (high + low) * limit


def _allowed(case: Case, pool: Sequence[Source]) -> Decimal:
    """Say how far from the median is no outlier yet."""
    is_daily = all(case.is_daily(source) for source in pool)
    return max(case.terms.max_deviation, _FIXINGS_APART) if is_daily else case.terms.max_deviation
