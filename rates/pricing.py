"""Decide what a price is. Pure: what sources said, rules and time come in as arguments.

One decision is made per currency against the pivot; every pair is derived from two decisions by division,
so reciprocals and triangles close. A pair that staff set so is decided from its own ticks by the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, localcontext
from statistics import median

from providers.adapters.base import Basis
from rates.admission import admit
from rates.agreement import count_once, drop_outliers, settle
from rates.case import Case
from rates.combining import choose, combine
from rates.currencies import CURRENCIES
from rates.deriving import derive
from rates.faults import fixing_of, has_shape, is_jump, recognise
from rates.price import EXACT, Decision, Sides, Source, publish

__all__ = ["decide", "derive", "hear"]

# Who speaks a price that staff set.
STAFF = "staff"
SUSPECT = frozenset({"inverted", "scaled", "identity", "peg", "jump", "outlier"})
_WIDEST_BPS = Decimal("1E+9")


def decide(case: Case) -> Decision | None:
    """Decide one currency against the pivot, or one pair by itself, from every source's newest word.

    None when no source counts, or when a currency is money no more, whoever still quotes it.
    """
    return settled(case, hear(case))


def hear(case: Case) -> list[Source]:
    """Judge every source, step by step: each step only leaves sources out, and says why."""
    if not (CURRENCIES[case.base].active and CURRENCIES[case.quote].active):
        return [source.left_out("retired") for source in case.heard]
    if case.terms.manual:
        return [source.left_out("overridden") for source in case.heard]
    with localcontext(EXACT):
        heard = sorted(admit(case), key=case.rank)
        intraday, daily = (
            [s for s in heard if s.used and case.is_daily(s) is kind] for kind in (False, True)
        )
        intraday = _judge(case, intraday, daily)
        if any(source.used for source in intraday):
            daily = [source.left_out("reference") for source in daily]
        else:
            daily = _judge(case, daily, ())
        judged = [*(source for source in heard if not source.used), *intraday, *daily]
        return sorted(choose(case, judged), key=case.rank)


def _judge(case: Case, pool: list[Source], fixings: Sequence[Source]) -> list[Source]:
    """Leave out faults, repetitions, outliers, and the half that the most trusted source disagrees with."""
    if not pool:
        return pool
    witness = median(source.sides.mid for source in fixings) if fixings else None
    judged = recognise(case, pool, witness)
    for step in (count_once, drop_outliers, settle):
        judged = step(case, judged)
    return judged


def settled(case: Case, heard: Sequence[Source]) -> Decision | None:
    """Make the decision that follows from judged sources: by staff's order, by them, or by a peg."""
    if not (CURRENCIES[case.base].active and CURRENCIES[case.quote].active):
        return None
    if case.terms.manual:
        return _ordered(case, case.terms.manual, heard)
    used = [source for source in heard if source.used]
    return _heard(case, heard, used) if used else _pegged(case, heard)


def _heard(case: Case, heard: Sequence[Source], used: Sequence[Source]) -> Decision:
    """Combine the sources that count."""
    mids = [source.sides.mid for source in used]
    with localcontext(EXACT):
        sides = combine(case, used)
        dispersion = min((max(mids) - min(mids)) / median(mids) * 10_000, _WIDEST_BPS)
        confidence = _confidence(case, heard, used, dispersion)
    timed = [s for s in used if s.as_of_basis is Basis.VENDOR] or list(used)
    newest = max(timed, key=lambda source: source.observed)
    decision = _decision(case, sides, case.terms.method, newest.observed, heard)
    decision = replace(
        decision,
        as_of_basis=newest.as_of_basis,
        received_at=max(source.received_at for source in used),
        dispersion_bps=dispersion.quantize(Decimal("0.1")),
        confidence=confidence,
    )
    # Where an order of staff ended a moment ago, time does not go back to what sources said before it.
    until = case.ordered_until
    if until is None or newest.observed >= until:
        return decision
    return replace(decision, as_of=until, as_of_basis=Basis.RECEIVED)


def _confidence(case: Case, heard: Sequence[Source], used: Sequence[Source], dispersion: Decimal) -> str:
    """Say `low` where sources disagree, where as many are suspect as count, or of one alone after a jump."""
    origins = {case.origin(source) for source in used}
    suspect = {case.origin(source) for source in heard if source.reason in SUSPECT} - origins
    alone_after_jump = len(origins) == 1 and any(is_jump(case, source.sides.mid) for source in used)
    doubtful = (
        dispersion > case.terms.max_dispersion_bps
        or any(source.reason == "disagrees" for source in heard)
        or len(suspect) >= len(origins)
        or alone_after_jump
        or any(has_shape(case, source.sides.mid, fixing_of(heard)) for source in used)
    )
    return "low" if doubtful else "high"


def _pegged(case: Case, heard: Sequence[Source]) -> Decision | None:
    """Price a currency by its peg; a source that contradicts it leaves a doubt. None without a peg."""
    if case.peg is None:
        return None
    anchor, doubted = case.peg.anchor, any(source.reason in SUSPECT for source in heard)
    decision = _decision(case, case.peg.sides, "peg", anchor.as_of if anchor else case.now, heard)
    if anchor:
        decision = replace(
            decision,
            via=anchor,
            as_of_basis=anchor.as_of_basis,
            received_at=anchor.received_at,
            dispersion_bps=anchor.dispersion_bps,
            confidence=anchor.confidence,
        )
    return replace(decision, confidence="low") if doubted else decision


def _ordered(case: Case, sides: Sides, heard: Sequence[Source]) -> Decision:
    """Take what staff say: their word holds at every moment until it ends."""
    staff = Source(STAFF, sides, case.now, Basis.RECEIVED, case.now)
    return _decision(case, sides, "manual", case.now, [staff, *heard])


def _decision(case: Case, sides: Sides, method: str, as_of: datetime, heard: Sequence[Source]) -> Decision:
    bid, ask = (sides.mid if side is None else side for side in (sides.bid, sides.ask))
    return Decision(
        base=case.base,
        quote=case.quote,
        bid=publish(bid),
        ask=publish(ask),
        mid=publish(sides.mid),
        as_of=as_of,
        as_of_basis=Basis.RECEIVED,
        received_at=case.now,
        method=method,
        dispersion_bps=Decimal(0),
        confidence="high",
        sources=tuple(heard),
        asked=case,
    )
