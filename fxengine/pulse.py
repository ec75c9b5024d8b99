"""Show through the cache that beat and worker are alive, for the health page to read."""

from datetime import datetime

from django.core.cache import cache

_NAME = "pulse:worker"
KEPT_SECONDS = 60


def beat(now: datetime) -> None:
    """Leave the time at which a worker ran a task that beat sent."""
    cache.set(_NAME, now.isoformat(), KEPT_SECONDS)


def last() -> datetime | None:
    """Read when a worker last ran a task of beat's. None within the last minute."""
    left: str | None = cache.get(_NAME)
    return datetime.fromisoformat(left) if left else None
