"""Fill the daily reference rates of a pair's past from a source, day by day.

What is stored is kept at once, so that a run which ends midway, however it ends, is simply run again.
Published prices are never touched: they are what we said then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count, pairwise
from time import sleep

from django.utils import timezone

from providers.adapters.base import Ask, Basis, Tick
from providers.fetch import cost
from providers.fetched import Fetched
from providers.models import Outcome, Provider
from providers.past import fetch_past
from providers.traffic import apart
from rates.models import LONGEST_GAP, ReferenceRate
from rates.reference import Stored, batches, store

_DAY, _BATCH = timedelta(days=1), 20_000
# Sources pause for so many days at Easter and Christmas; a longer hole was never asked for.
_LONGEST_PAUSE = timedelta(days=4)
# A vendor that is in trouble is asked again after pauses that grow; one that wants longer peace is left.
_TRIES, _GROWTH, _LONGEST_WAIT = 4, 4, timedelta(minutes=1)


class Stopped(Exception):
    """Say on which day a backfill could not go on, and by which category of failure."""

    def __init__(self, day: date, category: str, detail: str) -> None:
        super().__init__(f"{day}: {category}, {detail}")
        self.day, self.category, self.detail = day, category, detail


@dataclass(frozen=True, slots=True)
class Span:
    """A pair and the days wanted of it, both ends included."""

    base: str
    quote: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """List the days in their order."""
        return [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]

    def holds(self, tick: Tick) -> bool:
        """Say whether a vendor stated a tick for one of the days; a tick of no time is of no day."""
        return tick.as_of_basis is not Basis.RECEIVED and self.first <= tick.as_of.date() <= self.last


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for a day: what was stored, the days with the pair, and the days that are settled.

    Settled are those that need not be asked for any more, whether they have a rate or not.
    """

    day: date
    stored: Stored
    days: frozenset[date]
    settled: frozenset[date]


@dataclass(slots=True)
class Backfill:
    """One run over a span. `most` bounds its requests, None does not; `pause` lies between two answers."""

    provider: Provider
    span: Span
    pause: timedelta
    most: int | None = None
    sent: int = field(default=0, init=False)

    def answers(self, days: Sequence[date]) -> Iterator[Answer]:
        """Ask for days in their order, but for none that an answer before it settled. Raises: Stopped."""
        settled: set[date] = set()
        empty = 0
        for day in days:
            if day in settled:
                continue
            if self.sent:
                sleep(apart(self.provider, self._cost(day), self.pause).total_seconds())
            answer = self._kept(day, self._asked(day))
            settled |= answer.settled
            empty = 0 if answer.days else empty + 1
            yield answer
            if empty > LONGEST_GAP.days:
                raise Stopped(day, Outcome.UNSUPPORTED, f"none of the last {empty} days has this pair")

    def _asked(self, day: date) -> list[Tick]:
        """Ask until the vendor answers or refuses; a day it has nothing of has no ticks. Raises: Stopped."""
        for attempt in count():
            fetched = self._fetched(day)
            if fetched.outcome in (Outcome.OK, Outcome.UNSUPPORTED):
                break
            wait = self._wait(fetched, attempt)
            if wait is None:
                raise Stopped(day, fetched.outcome, fetched.detail)
            sleep(wait.total_seconds())
        return fetched.ticks if fetched.outcome == Outcome.OK else []

    def _fetched(self, day: date) -> Fetched:
        """Ask once, within the number of requests allowed. Raises: Stopped."""
        if self.most is not None and self.sent + self._cost(day) > self.most:
            raise Stopped(day, Outcome.QUOTA, f"{self.sent} of {self.most} requests are sent")
        now = timezone.now()
        fetched = fetch_past(self.provider, self._ask(day, now), now)
        self.sent += fetched.requests
        return fetched

    def _wait(self, fetched: Fetched, attempt: int) -> timedelta | None:
        """Say how long to wait before another try. None where none can help, or the wait is too long."""
        if attempt == _TRIES - 1:
            return None
        if fetched.retry_after is not None:
            return fetched.retry_after if fetched.retry_after <= _LONGEST_WAIT else None
        is_passing = fetched.outcome == Outcome.UNAVAILABLE and fetched.requests
        return min(self.pause * _GROWTH**attempt, _LONGEST_WAIT) if is_passing else None

    def _kept(self, day: date, ticks: Sequence[Tick]) -> Answer:
        """Store an answer whole, not the pair alone: it was asked and paid for. Raises: WrongEnvironment."""
        wanted, stored = [tick for tick in ticks if self.span.holds(tick)], Stored()
        for batch in batches(wanted, _BATCH):
            stored += store(self.provider.key, batch, timezone.now())
        days = _days_of_pair(self.span, ((t.as_of.date(), t.base, t.quote) for t in wanted))
        # A table of fixings has all days from its first to its last; others may be old in places.
        is_table = self.provider.adapter.daily
        told = _filled({t.as_of.date() for t in wanted}) if is_table else _filled(days, _LONGEST_PAUSE)
        return Answer(day, stored, frozenset(days), frozenset(told | {day}))

    def _cost(self, day: date) -> int:
        return cost(self.provider, self._ask(day, timezone.now()))

    def _ask(self, day: date, now: datetime) -> Ask:
        return Ask(frozenset({self.span.base, self.span.quote}), day, today=now.date())


def unknown_days(source: str, span: Span) -> list[date]:
    """List the days of a span for which a source has still to be asked.

    Short pauses between two known days were asked for in vain: runs go from day to day.
    """
    rows = ReferenceRate.objects.about(source, {span.base, span.quote}).filter(
        date__range=(span.first, span.last)
    )
    known = _days_of_pair(span, rows.values_list("date", "base", "quote").iterator())
    settled = _filled(known, _LONGEST_PAUSE)
    return [day for day in span.days if day not in settled]


def _days_of_pair(span: Span, stated: Iterable[tuple[date, str, str]]) -> set[date]:
    """Name the days of which both currencies are stated, against each other or against a third."""
    codes: dict[date, set[str]] = {}
    for day, base, quote in stated:
        codes.setdefault(day, set()).update((base, quote))
    return {day for day, known in codes.items() if {span.base, span.quote} <= known}


def _filled(days: Iterable[date], longest: timedelta | None = None) -> set[date]:
    """Add the days between two of these; where there are more than `longest`, that hole stays."""
    filled = sorted(days)
    for before, after in pairwise(filled.copy()):
        between = [before + number * _DAY for number in range(1, (after - before).days)]
        if longest is None or len(between) <= longest.days:
            filled.extend(between)
    return set(filled)
