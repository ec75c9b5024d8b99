"""Show through the cache who is alive: beat and worker to the health page, a source's stream to its polls."""

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


def speak(key: str, seconds: float) -> None:
    """Leave word that a source has streamed something, for so long as it need not be polled."""
    cache.set(_stream(key), 1, seconds)


def speaks(key: str) -> bool:
    """Say whether a source has streamed something lately."""
    return cache.get(_stream(key)) is not None


def _stream(key: str) -> str:
    return f"pulse:stream:{key}"
