"""Decide what a price is. Pure: what sources said, rules and time come in as arguments.

One decision is made per currency against the pivot; every pair is derived from two decisions by division,
so reciprocals and triangles close.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from statistics import median

from providers.adapters.base import Basis
from rates.currencies import CURRENCIES
from rates.price import EXACT, ONE, PIVOT, Decision, Price, Rules, Source, orient, publish

LOW_CONFIDENCE_BPS = Decimal(50)
_FUTURE, _FUTURE_DAY = timedelta(minutes=2), timedelta(days=2)
# No currency is worth more or less dollars than this; a cross of two such still fits its column.
_LEAST, _MOST = Decimal("1E-9"), Decimal("1E+9")
_WIDEST_BPS = Decimal("1E+9")


def decide(
    currency: str,
    sources: Iterable[Source],
    rules: Mapping[str, Rules],
    *,
    now: datetime,
    method: str,
    traded: datetime | None = None,
) -> Decision | None:
    """Decide one currency against the pivot from every source's newest word.

    What they say ages until `traded`, the last moment of an open market; None is now.
    None when no source counts, or when the currency is money no more, whoever still quotes it.
    """
    if not CURRENCIES[currency].active:
        return None
    heard = [_admit(source, rules[source.provider], now, traded or now) for source in sources]
    intraday = any(source.used and not rules[source.provider].daily for source in heard)
    if intraday:
        heard = [_refer(source) if rules[source.provider].daily else source for source in heard]
    heard.sort(key=lambda source: (rules[source.provider].priority, source.provider))
    if method == "primary":
        heard = _only_first(heard)
    used = [source for source in heard if source.used]
    return _combine(currency, heard, used, method) if used else None


def _admit(source: Source, rules: Rules, now: datetime, traded: datetime) -> Source:
    """Refuse what cannot be true or is too old, with the reason."""
    sides = source.sides
    stated = [side for side in (sides.mid, sides.bid, sides.ask) if side is not None]
    if any(not side.is_finite() or side <= 0 for side in stated):
        return replace(source, used=False, reason="not_positive")
    if not all(_LEAST <= side <= _MOST for side in stated):
        return replace(source, used=False, reason="out_of_range")
    if sides.bid is not None and sides.ask is not None and sides.bid > sides.ask:
        return replace(source, used=False, reason="crossed")
    if source.as_of - now > (_FUTURE_DAY if rules.daily else _FUTURE):
        return replace(source, used=False, reason="future")
    is_stale = traded - source.as_of > rules.max_age
    return replace(source, used=False, reason="stale") if is_stale else source


def _refer(source: Source) -> Source:
    """Keep a daily fixing as a reference beside intraday sources."""
    return replace(source, used=False, reason="reference") if source.used else source


def _only_first(heard: Sequence[Source]) -> list[Source]:
    """Use the first healthy source by priority alone."""
    first = next((source for source in heard if source.used), None)
    return [s if s is first or not s.used else replace(s, used=False, reason="not_primary") for s in heard]


def _combine(currency: str, heard: Sequence[Source], used: Sequence[Source], method: str) -> Decision:
    """Take the median of the mids, and of each side among the sources that state it."""
    base, quote = orient(currency, PIVOT)
    with localcontext(EXACT):
        mids = [source.sides.mid for source in used]
        mid = median(mids)
        bids = [source.sides.bid for source in used if source.sides.bid is not None]
        asks = [source.sides.ask for source in used if source.sides.ask is not None]
        dispersion = min((max(mids) - min(mids)) / mid * 10_000, _WIDEST_BPS)
        bid, ask = (min(median(bids), mid), max(median(asks), mid)) if bids and asks else (mid, mid)
    timed = [s for s in used if s.as_of_basis is Basis.VENDOR] or list(used)
    newest = max(timed, key=_observed)
    return Decision(
        base=base,
        quote=quote,
        bid=publish(bid),
        ask=publish(ask),
        mid=publish(mid),
        as_of=_observed(newest),
        as_of_basis=newest.as_of_basis,
        received_at=max(source.received_at for source in used),
        method=method,
        dispersion_bps=dispersion.quantize(Decimal("0.1")),
        confidence="low" if dispersion > LOW_CONFIDENCE_BPS else "high",
        sources=tuple(heard),
    )


def _observed(source: Source) -> datetime:
    """Say when a source saw its price: never after we had it, however far ahead its clock is."""
    return min(source.as_of, source.received_at)


def derive(
    base: str, quote: str, decisions: Mapping[str, Decision], *, max_age: timedelta, now: datetime
) -> Price | None:
    """Price any pair from the decisions of its two currencies. None when one of them is undecided."""
    if base == quote:
        return _identity(base, max_age, now)
    if not all(currency == PIVOT or currency in decisions for currency in (base, quote)):
        return None
    legs = tuple(decisions[currency] for currency in (base, quote) if currency != PIVOT)
    if len(legs) == 2:
        return _cross(base, quote, legs, max_age)
    price = _decided(legs[0], max_age)
    return price if price.base == base else price.inverse()


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
        path=(leg.base, leg.quote),
        sources=leg.used,
        dispersion_bps=leg.dispersion_bps,
        confidence=leg.confidence,
        max_age=max_age,
        legs=(leg,),
    )


def _cross(base: str, quote: str, legs: tuple[Decision, ...], max_age: timedelta) -> Price:
    """Divide two decisions; the weaker leg lends the cross its age, count and confidence."""
    with localcontext(EXACT):
        sides = legs[0].in_pivot().per(legs[1].in_pivot())
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
        method="cross",
        path=(base, PIVOT, quote),
        sources=min(leg.used for leg in legs),
        dispersion_bps=max(leg.dispersion_bps for leg in legs),
        confidence="low" if any(leg.confidence == "low" for leg in legs) else "high",
        max_age=max_age,
        legs=legs,
    )
