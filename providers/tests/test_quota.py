"""The planner: what an interval costs, how far it is stretched, when a plan runs out, and a whole month."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from providers.quota import Plan, runs_out, stated_left

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
MONTH = END - START
THOUSAND = Plan(per_month=1000)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Month:
    """November, polled as beat and poller do, while others ask on demand at random moments."""

    plan: Plan
    interval: timedelta
    requests: int = 1
    others: int = 0
    polls: list[datetime] = field(default_factory=list)
    taken: int = 0

    def __post_init__(self) -> None:
        chance, now, due = Random(7), START, START
        asked = sorted(START + MONTH * chance.random() for _ in range(self.others))
        while now < END:
            while asked and asked[0] <= now:
                asked.pop(0)
                self._take(1)
            if now >= due and self._take(self.requests):
                self.polls.append(now)
                left = self.plan.per_month and self.plan.per_month - self.taken
                due = now + self.plan.spacing(self.interval, left, END - now, self.requests)
            now += self.interval

    def _take(self, requests: int) -> bool:
        if self.plan.per_month is not None and self.taken + requests > self.plan.per_month:
            return False
        self.taken += requests
        return True

    @property
    def gaps(self) -> list[timedelta]:
        """Measure from each poll to the next, and to the month's end."""
        return [later - earlier for earlier, later in pairwise([*self.polls, END])]


@pytest.mark.parametrize(
    ("now", "day", "start", "end"),
    [
        ("2026-11-20T14:00", 1, "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59", 1, "2026-12-01", "2027-01-01"),
        ("2026-11-20T14:00", 21, "2026-10-21", "2026-11-21"),
        ("2026-11-21T00:00", 21, "2026-11-21", "2026-12-21"),
        ("2026-01-05T00:00", 28, "2025-12-28", "2026-01-28"),
        ("2026-12-28T00:00", 28, "2026-12-28", "2027-01-28"),
    ],
)
def test_a_month_of_a_plan_begins_on_its_day(now: str, day: int, start: str, end: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    period = tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))
    assert Plan(day=day).period(moment) == period


@pytest.mark.parametrize(
    ("interval", "requests", "cost"),
    [(HOUR, 1, 720), (MINUTE, 1, 43_200), (MINUTE, 8, 345_600), (timedelta(days=31), 1, 1)],
)
def test_an_interval_costs_what_it_takes_in_thirty_days(
    interval: timedelta, requests: int, cost: int
) -> None:
    assert THOUSAND.cost(interval, START, requests) == cost


def test_the_shortest_interval_of_a_plan_is_the_first_that_fits() -> None:
    shortest = THOUSAND.shortest(START)
    assert THOUSAND.cost(shortest, START) <= 1000 < THOUSAND.cost(shortest - timedelta(seconds=1), START)
    assert Plan(per_minute=8).shortest(START, requests=12) == timedelta(seconds=90)
    assert Plan().shortest(START) == timedelta(seconds=1)


def test_an_interval_that_fits_is_left_as_it_is() -> None:
    assert THOUSAND.spacing(HOUR, 1000, MONTH) == HOUR
    assert Plan().spacing(MINUTE, None, MONTH) == MINUTE
    assert Month(THOUSAND, HOUR).gaps == [HOUR] * 720


def test_a_plan_by_the_minute_spaces_polls_by_their_requests() -> None:
    assert Plan(per_minute=8).spacing(timedelta(seconds=1), None, MONTH, requests=8) == MINUTE
    assert Plan(per_minute=8).spacing(timedelta(seconds=1), None, MONTH) == timedelta(seconds=8)


SHORT = pytest.mark.parametrize("interval", [timedelta(seconds=10), MINUTE, timedelta(minutes=30)])


@SHORT
def test_a_month_takes_the_whole_plan_and_no_more_and_never_idles_longer_than_needed(
    interval: timedelta,
) -> None:
    month = Month(THOUSAND, interval)
    print(f"every {interval}: {month.taken} of 1000, at most {max(month.gaps)} apart")
    assert 999 <= len(month.polls) == month.taken <= 1000
    assert max(month.gaps) <= MONTH / 1000 * 1.01 + interval


@SHORT
def test_what_others_take_on_demand_is_made_up_for(interval: timedelta) -> None:
    month = Month(THOUSAND, interval, others=300)
    print(f"every {interval}: {len(month.polls)} polls of {month.taken} requests")
    assert 999 <= month.taken <= 1000
    assert len(month.polls) >= 700


def test_polls_of_many_requests_take_no_more_than_the_plan_either() -> None:
    month = Month(THOUSAND, MINUTE, requests=7)
    assert 1000 - 2 * 7 < month.taken <= 1000
    assert max(month.gaps) <= MONTH / 141 + MINUTE


@pytest.mark.parametrize("interval", [timedelta(seconds=10), MINUTE, timedelta(minutes=40)])
@pytest.mark.parametrize("asked", [0, 100, 900])
def test_the_forecast_of_when_it_runs_out_is_right_within_one_percent(
    interval: timedelta, asked: int
) -> None:
    unstretched = [START + interval * number for number in range(1001)]
    forecast = runs_out(interval, 1000 - asked, unstretched[asked], END)
    assert forecast is not None
    assert abs(forecast - unstretched[1000]) <= (unstretched[1000] - START) / 100


def test_a_plan_that_lasts_has_no_moment_at_which_it_runs_out() -> None:
    assert runs_out(HOUR, 1000, START, END) is None
    assert runs_out(MINUTE, 0, START, END) == START


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({"x-ratelimit-remaining-quota-month": "298", "x-ratelimit-remaining-quota-minute": "9"}, 298),
        ({"x-ratelimit-remaining-month": "77", "x-ratelimit-remaining-day": "3"}, 77),
        ({"x-ratelimit-remaining-month": "-1"}, None),
        ({"x-ratelimit-remaining-month": "٣"}, None),
        ({"api-credits-left": "7"}, None),
        ({}, None),
    ],
)
def test_what_is_left_of_a_month_is_read_from_headers(headers: dict[str, str], left: int | None) -> None:
    assert stated_left(headers) == left
