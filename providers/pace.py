"""Space the polls of a source by the clock of Redis, whoever sends how many tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import cast
from uuid import uuid4

import redis
from django.conf import settings

from providers.locks import client

# Beat and broker deliver a little early or late; who comes this early waits instead of losing a turn.
_LONGEST_WAIT = timedelta(seconds=1)
RETAKES = 3
_MILLISECOND, _HOUR = timedelta(milliseconds=1), timedelta(hours=1)
_taken_until: dict[str, float] = {}
_client = client()
_script = _client.register_script(Path(__file__).with_suffix(".lua").read_text())


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source's pace: whether it is ours, and how long until then."""

    ours: bool
    wait: timedelta


def take(key: str, spacing: timedelta, *, retakes: int = RETAKES) -> Place:
    """Take the next place of a source, for the holder of its lock, who calls `leave` when the poll has ended.

    The place of a poll that was killed is given again at once, `retakes` times in a row at most.
    """
    early = min(spacing / 5, _LONGEST_WAIT)
    told = [spacing // _MILLISECOND, early // _MILLISECOND, retakes]
    ours, wait = cast("list[int]", _script(keys=[_name("pace", key), _name("polling", key)], args=told))
    return Place(bool(ours), wait * _MILLISECOND)


def leave(key: str) -> None:
    """Note that the poll of a place has ended, however it ended."""
    _client.delete(_name("polling", key))


def take_between(key: str, spacing: timedelta) -> bool:
    """Take the one place that a source has between two polls; without Redis, among those of this process."""
    name, milliseconds = _name("between", key), spacing // _MILLISECOND
    try:
        # One that lasts longer is from before Redis' clock was set back.
        if cast("int", _client.pttl(name)) > milliseconds:
            _client.delete(name)
        return bool(_client.set(name, 1, nx=True, px=milliseconds))
    except redis.RedisError:
        return _take_here(key, spacing)


def _take_here(key: str, spacing: timedelta) -> bool:
    now = monotonic()
    if _taken_until.get(key, now) > now:
        return False
    _taken_until[key] = now + spacing.total_seconds()
    return True


def next_polls(keys: Sequence[str]) -> dict[str, datetime | None]:
    """Read when each source may be polled next; None where that is at once, or nobody knows."""
    try:
        found = cast("list[bytes | None]", _client.mget([_name("pace", key) for key in keys]) if keys else [])
    except redis.RedisError:
        found = [None] * len(keys)
    return {
        key: None if due is None else datetime.fromtimestamp(int(due) / 1000, UTC)
        for key, due in zip(keys, found, strict=True)
    }


def note_overlap(key: str, now: datetime) -> None:
    """Count a task that ended at once because a poll of its source still ran."""
    name, seconds = _name("overlaps", key), now.timestamp()
    noting = _client.pipeline()
    noting.zadd(name, {uuid4().hex: seconds})
    noting.zremrangebyscore(name, "-inf", seconds - _HOUR.total_seconds())
    noting.expire(name, _HOUR)
    noting.execute()


def overlaps(keys: Sequence[str], now: datetime) -> dict[str, int | None]:
    """Count the overlaps of each source within the last hour. None while Redis is away."""
    since, reading = (now - _HOUR).timestamp(), _client.pipeline(transaction=False)
    for key in keys:
        reading.zcount(_name("overlaps", key), since, "+inf")
    try:
        return dict(zip(keys, cast("list[int]", reading.execute()), strict=True))
    except redis.RedisError:
        return dict.fromkeys(keys)


def _name(kind: str, key: str) -> str:
    return f"{settings.FX_KEY_PREFIX}:{kind}:{key}"
