"""The euro's business days and hours."""

from datetime import UTC, date, datetime

import pytest

from demo.days import (
    business_days,
    easter_sunday,
    fixed_at,
    is_business_day,
    last_published,
    last_second,
    next_business_day,
    published_at,
)
from demo.levels import EcbFile

# The closing days were settled in 2002; before that the last day of the year was one of them, now and then.
SETTLED = date(2002, 1, 1)


def test_it_knows_every_day_on_which_the_ecb_has_published(ecb_file: EcbFile) -> None:
    real = [day for day in ecb_file.days if day >= SETTLED]
    assert len(real) > 6_000
    assert list(business_days(SETTLED, ecb_file.last_day)) == real


@pytest.mark.parametrize(
    "easter", [date(1999, 4, 4), date(2008, 3, 23), date(2011, 4, 24), date(2026, 4, 5), date(2038, 4, 25)]
)
def test_it_finds_easter(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 11, 21),
        date(2026, 11, 22),
        date(2026, 12, 25),
        date(2027, 1, 1),
        date(2027, 3, 26),
        date(2027, 3, 29),
    ],
)
def test_weekends_and_closing_days_are_no_business_days(day: date) -> None:
    assert not is_business_day(day)


def test_the_next_business_day_skips_the_christmas_holidays() -> None:
    assert next_business_day(date(2026, 12, 24)) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 18, 14, 59, 59, tzinfo=UTC), date(2026, 11, 17)),
        (datetime(2026, 11, 18, 15, 0, 0, tzinfo=UTC), date(2026, 11, 18)),
        (datetime(2026, 7, 1, 13, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 14, 0, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 11, 22, 18, 0, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 12, 28, 8, 0, 0, tzinfo=UTC), date(2026, 12, 24)),
    ],
)
def test_rates_come_out_at_four_in_frankfurt(now: datetime, day: date) -> None:
    assert last_published(now) == day


def test_rates_show_the_market_of_a_quarter_past_two_in_frankfurt() -> None:
    assert fixed_at(date(2026, 11, 18)) == datetime(2026, 11, 18, 13, 15, tzinfo=UTC)
    assert fixed_at(date(2026, 7, 1)) == datetime(2026, 7, 1, 12, 15, tzinfo=UTC)
    assert published_at(date(2026, 7, 1)) == datetime(2026, 7, 1, 14, 0, tzinfo=UTC)


def test_a_day_ends_on_its_last_second() -> None:
    assert last_second(date(2013, 12, 24)) == 1_387_929_599
