"""Say whether the foreign-exchange market trades. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")
_TURN = time(17)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


def market(now: datetime) -> str:
    """Say `open` or `closed`: closed from Friday 17:00 to Sunday 17:00 in New York."""
    local = now.astimezone(_NEW_YORK)
    day, after_turn = local.weekday(), local.time() >= _TURN
    closed = day == _SATURDAY or (day == _FRIDAY and after_turn) or (day == _SUNDAY and not after_turn)
    return "closed" if closed else "open"


def last_traded(now: datetime) -> datetime:
    """Say up to when the market has traded: now, or while it is closed the close of Friday."""
    if market(now) == "open":
        return now
    local = now.astimezone(_NEW_YORK)
    friday = local.date() - timedelta(days=local.weekday() - _FRIDAY)
    return datetime.combine(friday, _TURN, _NEW_YORK).astimezone(UTC)
