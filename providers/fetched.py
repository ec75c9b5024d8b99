"""Hold what the requests of one poll have brought, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from providers.adapters.base import Body, Category, NoRates, ProviderError, Tick
from providers.models import Outcome
from providers.quota import stated_left


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a poll ended: its ticks, or the category and a masked word on what went wrong.

    Where one of several requests failed there are both. Without either nothing has changed, or nothing was
    fixed on the day that was asked for.
    `retry_after` is how long the vendor wants to be left alone, `requests` how often it was asked, and
    `left` how many requests of the month it says are left.
    """

    outcome: Outcome
    started_at: datetime
    latency: timedelta
    detail: str = ""
    ticks: list[Tick] = field(default_factory=list)
    retry_after: timedelta | None = None
    requests: int = 0
    left: int | None = None


@dataclass(slots=True)
class Heard:
    """What the requests of one poll have brought so far."""

    answers: list[tuple[Body, list[Tick]]] = field(default_factory=list)
    failures: list[ProviderError] = field(default_factory=list)
    wanted: int = 0
    asked: int = 0
    sent: int = 0
    spare: int = 1

    @property
    def ticks(self) -> list[Tick]:
        """Join the ticks of all answers."""
        return [tick for _, ticks in self.answers for tick in ticks]

    @property
    def left(self) -> int | None:
        """Read what the newest answer says is left of the plan."""
        return stated_left(self.answers[-1][0].headers) if self.answers else None

    @property
    def partly(self) -> str:
        """Say what was left for the next poll, and what refused while the rest was answered."""
        left = f"{self.asked} of {self.wanted} asked" if self.asked < self.wanted else ""
        refused = f"{len(self.failures)} refused: {self.failures[0].detail}" if self.failures else ""
        return "; ".join(filter(None, [left, refused]))

    def failure(self, asked: int, *, past: bool) -> ProviderError | None:
        """Name what made the whole of so many requests fail. None when it did not.

        Of a `past` day no rates are an answer too; one that cannot be read spoils the day, which would be
        kept by halves and never asked for again.
        """
        if past:
            self.failures = [error for error in self.failures if not isinstance(error, NoRates)]
            spoiled = (error for error in self.failures if error.category is Category.BAD_BODY)
            if found := next(spoiled, None):
                return found
        return self.failures[0] if len(self.failures) == asked else None

    def note(self, body: Body, ticks: list[Tick]) -> None:
        """Keep what was read of an answer and its head; forty bodies would be too much."""
        self.answers.append((replace(body, content=b""), ticks))
