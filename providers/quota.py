"""Plan how often a source may be asked so that its plan lasts until it starts again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

_MINUTE = timedelta(minutes=1)
# What vendors call the requests left of the longest period they count: month before day, never minutes.
_HEADERS = (
    "x-ratelimit-remaining-quota-month",
    "x-ratelimit-remaining-month",
    "x-ratelimit-monthly-remaining",
    "x-ratelimit-requests-remaining",
)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a vendor sells: requests a month, from a day of the month on, and a minute. None is no limit."""

    per_month: int | None = None
    per_minute: int | None = None
    day: int = 1

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """Give the month of the plan that holds a moment: its first instant, and that of the next."""
        start = now.astimezone(UTC).replace(day=self.day, hour=0, minute=0, second=0, microsecond=0)
        if start > now:
            return _a_month_from(start, -1), start
        return start, _a_month_from(start, 1)

    def cost(self, interval: timedelta, now: datetime, requests: int = 1) -> int:
        """Count the requests that asking at an interval takes in this month of the plan."""
        start, end = self.period(now)
        return ceil((end - start) / interval) * requests

    def shortest(self, now: datetime, requests: int = 1) -> timedelta:
        """Give the shortest interval in whole seconds that the plan allows for a whole month."""
        start, end = self.period(now)
        return self.spacing(timedelta(seconds=1), self.per_month, end - start, requests)

    def spacing(
        self, interval: timedelta, left: int | None, remaining: timedelta, requests: int = 1
    ) -> timedelta:
        """Stretch an interval, in whole seconds, so that what is left lasts as long as the month.

        Without a whole poll left that is as long as the month itself. None left is no limit.
        """
        wanted = interval
        if self.per_minute:
            wanted = max(wanted, _MINUTE * requests / self.per_minute)
        if left is not None:
            wanted = max(wanted, remaining / max(left // requests, 1))
        return timedelta(seconds=ceil(wanted / timedelta(seconds=1)))


def runs_out(
    interval: timedelta, left: int, now: datetime, reset: datetime, requests: int = 1
) -> datetime | None:
    """Forecast when nothing would be left if the interval was not stretched. None when it lasts."""
    end = now + interval * (left // requests)
    return end if end < reset else None


def stated_left(headers: Mapping[str, str]) -> int | None:
    """Read what is left of a month's requests from an answer's headers. None where they do not say."""
    for name in _HEADERS:
        if _NUMBER.fullmatch(stated := headers.get(name, "").strip()):
            return int(stated)
    return None


def _a_month_from(start: datetime, months: int) -> datetime:
    """Go to the same day of another month; plans begin on the 28th at the latest."""
    month = start.month - 1 + months
    return start.replace(year=start.year + month // 12, month=month % 12 + 1)
