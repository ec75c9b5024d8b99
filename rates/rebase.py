"""State what one source said of each currency against the pivot. Pure, and exact until the last step.

Fractions, because a rate turned round twice must come back as the rate that was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from providers.adapters.base import Tick
from rates.price import EXACT, PIVOT, Sides, Source, orient


def rebase(ticks: Iterable[Tick]) -> dict[str, Source]:
    """State one poll's ticks of one source as currencies against the pivot, exactly.

    A tick whose base has no tick against the pivot in the same poll is left out.
    """
    ticks = list(ticks)
    worth = {PIVOT: _Worth(Fraction(1), Fraction(1), Fraction(1))}
    saying: dict[str, Tick] = {}
    for tick in sorted(ticks, key=lambda tick: PIVOT not in (tick.base, tick.quote)):
        known, other = (tick.base, tick.quote) if tick.base in worth else (tick.quote, tick.base)
        if known in worth and other not in worth:
            said = _Worth.said(tick)
            worth[other] = worth[known].per(said) if known == tick.base else worth[known].times(said)
            saying[other] = _older(tick, saying.get(known))
    return {
        currency: _source(tick, _oriented(currency, worth[currency])) for currency, tick in saying.items()
    }


def _older(tick: Tick, link: Tick | None) -> Tick:
    """Give a tick with the time of the one that links it to the pivot, where that is older."""
    if link is None or link.as_of >= tick.as_of:
        return tick
    return replace(tick, as_of=link.as_of, as_of_basis=link.as_of_basis)


def stated(tick: Tick, base: str) -> Source:
    """State a tick as it was said of its own pair, with this currency as the base."""
    said = _Worth.said(tick)
    return _source(tick, said if tick.base == base else said.inverse())


@dataclass(frozen=True, slots=True)
class _Worth:
    """What one unit is worth in another, as exact fractions; rounding waits until the end."""

    mid: Fraction
    bid: Fraction | None
    ask: Fraction | None
    identity: bool = False

    @classmethod
    def said(cls, tick: Tick) -> _Worth:
        """Take a tick's sides as they were stated; one for one is remembered, it may be no rate at all."""
        bid, ask = (None if side is None else Fraction(side) for side in (tick.bid, tick.ask))
        return cls(Fraction(tick.mid), bid, ask, tick.mid == 1)

    def per(self, other: _Worth) -> _Worth:
        """Divide, in the worst combination for whoever trades."""
        bid, ask = _divide(self.bid, other.ask), _divide(self.ask, other.bid)
        return _Worth(self.mid / other.mid, bid, ask, self.identity or other.identity)

    def times(self, other: _Worth) -> _Worth:
        """Multiply, in the worst combination for whoever trades."""
        return self.per(other.inverse())

    def inverse(self) -> _Worth:
        """Turn units of B per A into units of A per B; the sides change places."""
        bid, ask = _divide(Fraction(1), self.ask), _divide(Fraction(1), self.bid)
        return _Worth(1 / self.mid, bid, ask, self.identity)

    def sides(self) -> Sides:
        """Write the fractions as decimals of 50 digits."""
        mid, bid, ask = (None if side is None else _exact(side) for side in (self.mid, self.bid, self.ask))
        assert mid is not None
        return Sides(mid, bid, ask)


def _divide(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one / other


def _exact(fraction: Fraction) -> Decimal:
    return EXACT.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))


def _oriented(currency: str, worth: _Worth) -> _Worth:
    """Turn the worth of a currency into its market orientation against the pivot."""
    return worth.inverse() if orient(currency, PIVOT)[0] == PIVOT else worth


def _source(tick: Tick, worth: _Worth) -> Source:
    return Source(
        tick.provider,
        worth.sides(),
        tick.as_of,
        tick.as_of_basis,
        tick.received_at,
        identity=worth.identity,
    )
