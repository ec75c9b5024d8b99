"""Find daily reference rates of any two currencies: for one day, or day after day.

What a source states itself is answered digit by digit. Other pairs are crossed from two of its rates of the
same day, through what it states both currencies against: the ECB the euro. Sources are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from django.db.models import Exists, OuterRef

from providers.models import Provider
from rates.current import check_environment
from rates.errors import ApiError
from rates.models import LONGEST_GAP, ReferenceRate
from rates.price import EXACT, ONE, publish
from rates.reference_routes import Leg, Route, routes

# Others are asked only for what it does not state.
FIRST_SOURCE = "ecb"
_ONE_DAY = timedelta(days=1)


class Missing(StrEnum):
    """What to answer for a day without a fixing."""

    PREVIOUS = "previous"
    NEXT = "next"
    NEAREST = "nearest"
    ERROR = "error"


class Group(StrEnum):
    """What a daily series has one rate of: its last of each day, week or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def last_day(self, day: date) -> date:
        """Find the last day of the period that a day falls into; weeks end on Sunday."""
        if self is Group.DAY:
            return day
        if self is Group.WEEK:
            return day + timedelta(days=6 - day.weekday())
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _ONE_DAY


@dataclass(frozen=True, slots=True)
class Fixing:
    """What a source fixed for one leg on a day, and since when we know."""

    leg: Leg
    rate: Decimal
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """The reference rate of a pair on a day; `fixings` is empty for a currency against itself."""

    day: date
    rate: Decimal
    fixings: tuple[Fixing, ...] = ()

    @classmethod
    def of(cls, day: date, fixings: tuple[Fixing, ...]) -> Observation:
        """Cross the fixings of one day: exactly, then rounded once to the digits of a price."""
        (first, *others) = fixings
        if not others and not first.leg.divides:
            return cls(day, first.rate.normalize(EXACT), fixings)
        rate = ONE
        for fixing in sorted(fixings, key=lambda fixing: fixing.leg.divides):
            rate = (EXACT.divide if fixing.leg.divides else EXACT.multiply)(rate, fixing.rate)
        return cls(day, publish(rate), fixings)


@dataclass(frozen=True, slots=True)
class Series:
    """One source's rates of a pair, as they are known now or were known at a moment.

    It has no routes for a currency against itself.
    """

    source: str
    routes: tuple[Route, ...]
    known_by: datetime | None = None

    def between(self, first: date, last: date, chunk: int = 1000) -> Iterator[Observation]:
        """Give the observations of a span of days in their order, reading `chunk` of each leg at a time."""
        if not self.routes:
            yield from (Observation(day, ONE) for day in _days(first, last))
            return
        legs = {leg for route in self.routes for leg in route}
        while first <= last:
            read = {leg: self._fixed(leg, first, last, chunk) for leg in legs}
            # Up to here every leg is read; beyond, one of them may go on.
            known = min(max(fixed) if len(fixed) == chunk else last for fixed in read.values())
            for day in sorted(set().union(*read.values())):
                if day <= known and (fixings := self._of_day(day, read)):
                    yield Observation.of(day, fixings)
            first = known + _ONE_DAY

    def grouped(self, group: Group, first: date, last: date, chunk: int = 1000) -> Iterator[Observation]:
        """Give the last observation of each period in a span of days."""
        periods = groupby(self.between(first, last, chunk), lambda found: group.last_day(found.day))
        for _, observations in periods:
            *_, newest = observations
            yield newest

    def _of_day(self, day: date, read: Mapping[Leg, Mapping[date, Fixing]]) -> tuple[Fixing, ...]:
        """Take the first route all of whose legs were fixed on a day; nothing where there is none."""
        for route in self.routes:
            if all(day in read[leg] for leg in route):
                return tuple(read[leg][day] for leg in route)
        return ()

    def _fixed(self, leg: Leg, first: date, last: date, chunk: int) -> dict[date, Fixing]:
        """Read a leg's first fixings in a span of days, of each day what was known last."""
        stated = ReferenceRate.objects.stated(self.source, leg.base, leg.quote).between(first, last)
        rows = stated.as_known(self.known_by).values_list("date", "rate", "known_at")[:chunk]
        return {day: Fixing(leg, rate, known_at) for day, rate, known_at in rows}


def series(base: str, quote: str, first: date, last: date, known_by: datetime | None = None) -> Series:
    """Find whose reference rates a pair has in a span of days: the first source's that has one in it.

    Where none has, it is a source that has some on other days. Raises: ApiError no_reference_rate,
    WrongEnvironment.
    """
    check_environment()
    if base == quote:
        return Series("", ())
    for source in _sources():
        found = Series(source, routes(source, base, quote, first, last, known_by=known_by), known_by)
        # Both legs of a cross may be stated within the span, but never on one day.
        if found.routes and any(found.between(first, last)):
            return found
    for source in _sources():
        if ever := routes(source, base, quote, date.min, date.max, known_by=known_by):
            return Series(source, ever, known_by)
    raise ApiError("no_reference_rate", 404, f"No source fixes {base}/{quote}, as far as is known here.")


def on_date(
    base: str,
    quote: str,
    day: date,
    *,
    missing: Missing = Missing.PREVIOUS,
    known_by: datetime | None = None,
    today: date,
) -> tuple[Series, Observation]:
    """Find the reference rate that stands for a day: its own, or one of at most 14 days away.

    `today` is a day in UTC; somewhere the next has begun. Raises: ApiError no_reference_rate.
    """
    if day > today + _ONE_DAY:
        raise ApiError("no_reference_rate", 404, f"{day} is yet to come.")
    gap = timedelta(0) if missing is Missing.ERROR else LONGEST_GAP
    first = day if missing is Missing.NEXT else day - gap
    last = day if missing is Missing.PREVIOUS else day + gap
    found = series(base, quote, first, last, known_by)
    if not found.routes:
        return found, Observation(day, ONE)
    near = list(found.between(first, last))
    if not near:
        raise ApiError("no_reference_rate", 404, _nothing(base, quote, day, missing))
    # Of two days that are equally far away the earlier one was known on the day.
    return found, min(near, key=lambda other: (abs(other.day - day), other.day))


def _nothing(base: str, quote: str, day: date, missing: Missing) -> str:
    if missing is Missing.ERROR:
        return f"{base}/{quote} was not fixed on {day}."
    side = {Missing.PREVIOUS: "before", Missing.NEXT: "after", Missing.NEAREST: "around"}[missing]
    return f"{base}/{quote} was not fixed on {day}, nor in the {LONGEST_GAP.days} days {side} it."


def _sources() -> Iterator[str]:
    """Name the sources that fix rates: the first one, and if it is of no use all others by priority."""
    yield FIRST_SOURCE
    fixed = ReferenceRate.objects.filter(source=OuterRef("key"))
    others = Provider.objects.filter(Exists(fixed)).exclude(key=FIRST_SOURCE)
    yield from others.order_by("priority", "key").values_list("key", flat=True)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))
