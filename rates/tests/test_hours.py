"""The market's week, in New York's time through its changes of the clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rates.hours import last_traded, market

# The turn stands at 17:00 in New York: 22:00 UTC in winter, 21:00 UTC in summer.
WEEKS = {
    "winter": ("2026-01-16T22:00", "2026-01-18T22:00"),
    "clocks go forward on the Sunday": ("2026-03-06T22:00", "2026-03-08T21:00"),
    "summer": ("2026-07-17T21:00", "2026-07-19T21:00"),
    "clocks go back on the Sunday": ("2026-10-30T21:00", "2026-11-01T22:00"),
    "over the new year": ("2027-01-01T22:00", "2027-01-03T22:00"),
}
JUST_BEFORE = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("friday", "sunday"), WEEKS.values(), ids=WEEKS)
def test_it_closes_on_friday_and_opens_on_sunday_at_five_in_new_york(friday: str, sunday: str) -> None:
    closes, opens = utc(friday), utc(sunday)
    assert [market(closes - JUST_BEFORE), market(closes)] == ["open", "closed"]
    assert [market(opens - JUST_BEFORE), market(opens)] == ["closed", "open"]


@pytest.mark.parametrize(("friday", "sunday"), WEEKS.values(), ids=WEEKS)
def test_it_is_closed_all_weekend_and_open_all_week(friday: str, sunday: str) -> None:
    closes, opens = utc(friday), utc(sunday)
    weekend = int((opens - closes) / timedelta(hours=1))
    assert {market(closes + timedelta(hours=hour)) for hour in range(weekend)} == {"closed"}
    assert {market(opens + timedelta(hours=hour)) for hour in range(5 * 24 - 1)} == {"open"}


def test_the_callers_own_zone_does_not_matter() -> None:
    tokyo = timezone(timedelta(hours=9))
    closes = utc("2026-01-16T22:00")
    assert market(closes.astimezone(tokyo)) == "closed"
    assert market((closes - JUST_BEFORE).astimezone(tokyo)) == "open"


@pytest.mark.parametrize(("friday", "sunday"), WEEKS.values(), ids=WEEKS)
def test_while_it_is_closed_it_last_traded_at_its_close(friday: str, sunday: str) -> None:
    closes, opens = utc(friday), utc(sunday)
    assert {last_traded(closes + timedelta(hours=hour)) for hour in (0, 1, 12, 30, 46)} == {closes}
    assert last_traded(opens - JUST_BEFORE) == closes
    assert last_traded(closes - JUST_BEFORE) == closes - JUST_BEFORE
    assert last_traded(opens) == opens
