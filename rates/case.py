"""Hold the shapes of a question to pricing: what is heard, by which rules, and what is remembered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from rates.price import CLOCKS_APART, ONE, Decision, Sides, Source, publish

# What was decided longer ago says nothing of today: the longest gap between two fixings is five days.
_REMEMBERED = timedelta(days=7)
_POLLS_TO_BELIEVE = 3
_PERCENT, _BASIS_POINT = Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Rules:
    """How one source is treated: its rank, how old its ticks may be, whether it speaks once a day.

    `echoes` names the source that it repeats.
    """

    priority: int
    max_age: timedelta
    weight: Decimal = ONE
    daily: bool = False
    echoes: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a price is made of its sources; with `manual` it is what staff say instead."""

    method: str = "median"
    max_jump_pct: Decimal = Decimal(10)
    max_deviation_bps: Decimal = Decimal(50)
    max_dispersion_bps: Decimal = Decimal(50)
    half_life: timedelta = timedelta(seconds=30)
    manual: Sides | None = None

    @property
    def max_jump(self) -> Decimal:
        """Give the longest jump as a part of the price."""
        return self.max_jump_pct * _PERCENT

    @property
    def max_deviation(self) -> Decimal:
        """Give the deviation that is no outlier yet as a part of the price."""
        return self.max_deviation_bps * _BASIS_POINT

    @property
    def max_dispersion(self) -> Decimal:
        """Give the distance of two sources that still agree as a part of the price."""
        return self.max_dispersion_bps * _BASIS_POINT


@dataclass(frozen=True, slots=True)
class Held:
    """A tick in quarantine: its level, its time, and how many polls have said it; or released by staff."""

    mid: Decimal
    as_of: datetime
    times: int = 1
    released: bool = False

    def backs(self, source: Source, band: Decimal) -> bool:
        """Say whether a source's tick may pass: staff released its level, or three polls have said it."""
        if abs(source.sides.mid / self.mid - 1) > band:
            return False
        return self.released or (source.as_of > self.as_of and self.times + 1 >= _POLLS_TO_BELIEVE)


@dataclass(frozen=True, slots=True)
class Last:
    """What was decided last from sources; and until when a price by order held: none may be earlier.

    `alone` names the only source that it rested on, if it was one.
    """

    mid: Decimal | None = None
    as_of: datetime | None = None
    ordered_until: datetime | None = None
    alone: str = ""


@dataclass(frozen=True, slots=True)
class Pegged:
    """What a currency is worth by its peg, and its units per one anchor.

    `anchor` is the decision that it hangs on, None for the pivot itself.
    """

    sides: Sides
    per_anchor: Decimal
    anchor: Decision | None = None


@dataclass(frozen=True)
class Case:
    """Everything one decision is made from. `traded` is the last moment of an open market."""

    base: str
    quote: str
    heard: tuple[Source, ...]
    rules: Mapping[str, Rules]
    now: datetime
    traded: datetime
    terms: Terms = field(default_factory=Terms)
    last: Last = field(default_factory=Last)
    held: Mapping[str, Collection[Held]] = field(default_factory=dict)
    peg: Pegged | None = None

    @property
    def remembered(self) -> Decimal | None:
        """Give the last price, if it is recent enough to judge by and not taken back."""
        recent = self.last.as_of is not None and self.now - self.last.as_of <= _REMEMBERED
        return self.last.mid if recent and not self._is_taken_back else None

    @property
    def _is_taken_back(self) -> bool:
        """Say whether the one fixing that the last price rested on was corrected under its date since."""
        return any(
            source.provider == self.last.alone
            and self.is_daily(source)
            and source.observed == self.last.as_of
            and publish(source.sides.mid) != self.last.mid
            for source in self.heard
        )

    @property
    def decided_at(self) -> datetime | None:
        """Give the time of the last price. None also where a clock that was ahead wrote it."""
        at = self.last.as_of
        return at if at and at <= self.now + CLOCKS_APART else None

    @property
    def ordered_until(self) -> datetime | None:
        """Say until when a price by order held: never after now, also where a clock was ahead then."""
        return min(self.last.ordered_until, self.now) if self.last.ordered_until else None

    def origin(self, source: Source) -> str:
        """Name where a source has its rates from: itself, or the one it repeats."""
        return self.rules[source.provider].echoes or source.provider

    def is_daily(self, source: Source) -> bool:
        """Say whether a source fixes its rates once a day."""
        return self.rules[source.provider].daily

    def rank(self, source: Source) -> tuple[int, str]:
        """Order sources by priority."""
        return self.rules[source.provider].priority, source.provider

    def trust(self, source: Source) -> tuple[bool, int, str]:
        """Order sources that contradict each other: what staff released first, then by priority."""
        return not self.is_released(source), *self.rank(source)

    def is_released(self, source: Source) -> bool:
        """Say whether staff let this source's level pass: what they saw, and what still agrees with it."""
        band = self.terms.max_deviation
        return any(held.released and held.backs(source, band) for held in self._held(source))

    def persists(self, source: Source) -> bool:
        """Say whether a source has said this level often enough to be believed without a second one.

        What it said before the last price was decided, or at once, is contradicted by that price.
        """
        since = self.decided_at
        recent = [held for held in self._held(source) if since is None or held.as_of > since]
        return any(not held.released and held.backs(source, self.terms.max_jump) for held in recent)

    def votes(self, sources: Collection[Source]) -> dict[str, Fraction]:
        """Give every origin one vote, shared by those that repeat it."""
        origins = [self.origin(source) for source in sources]
        return {s.provider: Fraction(1, origins.count(self.origin(s))) for s in sources}

    def _held(self, source: Source) -> Collection[Held]:
        return self.held.get(source.provider, ())
