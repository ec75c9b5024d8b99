"""Recognise the classic faults of a feed by their shape. Pure.

A fault with a name is never believed by repetition: only by a second source, or by staff who release it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from rates.agreement import middle
from rates.case import Case
from rates.price import ONE, Source

# How far a number may lie from an inverse or a power of ten and still be taken for it.
_LIKE = Decimal("0.02")
# Sources round a peg and trade a little around it; more than this contradicts it.
_PEG_BAND = Decimal("0.002")
# A rate like ten has an inverse like a tenth of itself: a scaled inverse is only told where it is far off.
_FAR = Decimal(3)


def recognise(case: Case, pool: Sequence[Source], witness: Decimal | None) -> list[Source]:
    """Leave out every source whose tick has the shape of a fault.

    It is compared with the middle of the pool; where that is nobody else, with the last price or else the
    witness, which is a fixing. A peg judges before all of them.
    """
    yardstick = case.peg.sides.mid if case.peg else _yardstick(case, pool, witness)
    found = [(source, _fault(case, source, pool, yardstick)) for source in pool]
    return [source.left_out(fault) if fault else source for source, fault in found]


def _yardstick(case: Case, pool: Sequence[Source], witness: Decimal | None) -> Decimal | None:
    """Find what a tick is compared with: the middle, unless last price and fixing both call that a fault."""
    found = middle(
        case, [source for source in pool if not source.identity] or pool, case.remembered or witness
    )
    if found is None or case.remembered is None or witness is None:
        return found
    is_shared = shape_of(found, case.remembered) and shape_of(found, witness)
    return case.remembered if is_shared else found


def _fault(case: Case, source: Source, pool: Sequence[Source], yardstick: Decimal | None) -> str | None:
    mid = source.sides.mid
    if case.is_released(source):
        return None
    if source.identity and (yardstick is None or not _is_like(mid, yardstick)):
        return "identity"
    if yardstick is not None and (shape := shape_of(mid, yardstick)):
        return shape
    if case.peg:
        return "peg" if abs(mid / case.peg.sides.mid - 1) > _PEG_BAND else None
    return "jump" if _jumps(case, source, pool) else None


def shape_of(mid: Decimal, yardstick: Decimal) -> str | None:
    """Name the shape of a number beside the right one: `inverted`, `scaled`, or None for neither."""
    if _is_like(mid, yardstick):
        return None
    ratio, product = mid / yardstick, mid * yardstick
    if _is_like(product, ONE):
        return "inverted"
    if _is_like(ratio, _power(ratio)):
        return "scaled"
    is_far = not ONE / _FAR < ratio < _FAR
    return "inverted" if is_far and _is_like(product, _power(product)) else None


def fixing_of(heard: Sequence[Source]) -> Decimal | None:
    """Find the fixing beside intraday sources. None where there is none."""
    mids = [source.sides.mid for source in heard if source.reason == "reference"]
    return median(mids) if mids else None


def has_shape(case: Case, mid: Decimal, fixing: Decimal | None) -> bool:
    """Say whether a price has the shape of a fault beside the last one or the fixing."""
    known = [number for number in (case.remembered, fixing) if number is not None]
    return any(shape_of(mid, number) for number in known)


def is_jump(case: Case, mid: Decimal) -> bool:
    """Say whether a price lies further from the last one than a pair may move at once."""
    last = case.remembered
    return last is not None and abs(mid / last - 1) > case.terms.max_jump


def _jumps(case: Case, source: Source, pool: Sequence[Source]) -> bool:
    """Say whether a source says a price far from the last one that nobody else says.

    While another origin stands elsewhere it is contradicted, however long it insists.
    """
    if not is_jump(case, source.sides.mid):
        return False
    others = [other for other in pool if case.origin(other) != case.origin(source)]
    if not others:
        return not case.persists(source)
    return not any(abs(other.sides.mid / source.sides.mid - 1) <= case.terms.max_jump for other in others)


def _is_like(number: Decimal, other: Decimal) -> bool:
    return abs(number / other - 1) <= _LIKE


def _power(number: Decimal) -> Decimal:
    """Give the power of ten that is nearest to a number."""
    return ONE.scaleb(int(number.log10().to_integral_value()))
