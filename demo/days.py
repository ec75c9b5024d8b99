"""Know the euro's business days and the hours of its reference rates; no clock in here.

Source: https://www.ecb.europa.eu/paym/target/t2/profuse/calendar/html/index.en.html (TARGET closing days).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FRANKFURT = ZoneInfo("Europe/Berlin")
FIXED_AT = time(14, 15, tzinfo=FRANKFURT)
PUBLISHED_AT = time(16, 0, tzinfo=FRANKFURT)
DAY = timedelta(days=1)
FIXED_CLOSING_DAYS = {(1, 1), (5, 1), (12, 25), (12, 26)}
SATURDAY = 5


def is_business_day(day: date) -> bool:
    """Say whether TARGET is open on a day, and so whether the ECB publishes on it."""
    if day.weekday() >= SATURDAY or (day.month, day.day) in FIXED_CLOSING_DAYS:
        return False
    easter = easter_sunday(day.year)
    return day not in (easter - 2 * DAY, easter + DAY)


@lru_cache(maxsize=64)
def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a Gregorian year.

    Source: Meeus, Astronomical Algorithms, chapter 8.
    """
    century, year_of_century = divmod(year, 100)
    golden = year % 19
    correction = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (year_of_century // 4) - epact - year_of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def next_business_day(day: date) -> date:
    """Return the first business day after a day."""
    day += DAY
    while not is_business_day(day):
        day += DAY
    return day


def business_days(first: date, last: date) -> Iterator[date]:
    """Yield the business days from first to last, both included, oldest first."""
    while first <= last:
        if is_business_day(first):
            yield first
        first += DAY


def last_published(now: datetime) -> date:
    """Return the day of the newest reference rates out at a time: today's from 16:00 in Frankfurt."""
    local = now.astimezone(FRANKFURT)
    day = local.date()
    if local.timetz().replace(tzinfo=None) < PUBLISHED_AT.replace(tzinfo=None):
        day -= DAY
    while not is_business_day(day):
        day -= DAY
    return day


def fixed_at(day: date) -> datetime:
    """Return the moment whose market a day's reference rates show."""
    return datetime.combine(day, FIXED_AT)


def published_at(day: date) -> datetime:
    """Return the moment a day's reference rates come out, in UTC."""
    return datetime.combine(day, PUBLISHED_AT).astimezone(UTC)


def last_second(day: date) -> int:
    """Return the day's last second, as unix time: what vendors stamp a past day with."""
    return int(datetime.combine(day, time(23, 59, 59), UTC).timestamp())
