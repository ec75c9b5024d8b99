"""Give the keyed vendors' rates of a past day; real ones exist for the ECB's currencies only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from demo.days import last_second
from demo.feed import Feed, Rates, rebase
from demo.history import History
from demo.vendors import Moment


@dataclass(frozen=True, slots=True)
class Day:
    """Hold one day's rates, units per dollar, with the second that stamps and the headers that mark them."""

    rates: Rates
    stamp: int
    marks: Mapping[str, str]


class Past:
    """Look days up for any vendor."""

    def __init__(self, feed: Feed, history: History) -> None:
        self.feed = feed
        self.history = history

    def day(self, vendor: str, day: date, moment: Moment) -> Day | None:
        """Return a vendor's rates of a day, today's being the latest; None if too early or to come.

        A day without reference rates shows those of the business day before it. Approximate currencies have
        no real past, so they are absent until the simulated days begin.
        """
        if day > moment.today:
            return None
        if day < self.history.simulated_from:
            return self._real(day)
        stamp, slot = last_second(day), last_second(day)
        if day == moment.today:
            stamp, slot = moment.now, moment.slot
        return Day(self.feed.per_usd(slot, vendor), stamp, self.history.marks(day))

    def _real(self, day: date) -> Day | None:
        known = self.history.ecb.on_or_before(day)
        if known is None:
            return None
        rates = rebase({"EUR": Decimal(1), **self.history.ecb.rates(known)}, "USD")
        return Day(dict(sorted(rates.items())), last_second(day), {})
