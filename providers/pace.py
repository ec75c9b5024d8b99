"""Space the polls of a source by the clock of Redis, whoever sends how many tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import redis
from django.conf import settings

from providers.locks import client

# Beat and broker deliver a little early or late; who comes this early waits instead of losing a turn.
_LONGEST_WAIT = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_client = client()
_script = _client.register_script(Path(__file__).with_suffix(".lua").read_text())


def take(key: str, spacing: timedelta) -> timedelta | None:
    """Take the next place of a source and say how long to wait for it; None when it is taken already."""
    early = min(spacing / 5, _LONGEST_WAIT)
    told = [spacing // _MILLISECOND, early // _MILLISECOND]
    wait = cast("int", _script(keys=[_name(key)], args=told))
    return None if wait < 0 else wait * _MILLISECOND


def next_polls(keys: Sequence[str]) -> dict[str, datetime | None]:
    """Read when each source may be polled next; None where that is at once, or nobody knows."""
    try:
        found = cast("list[bytes | None]", _client.mget([_name(key) for key in keys]) if keys else [])
    except redis.RedisError:
        found = [None] * len(keys)
    return {
        key: None if due is None else datetime.fromtimestamp(int(due) / 1000, UTC)
        for key, due in zip(keys, found, strict=True)
    }


def _name(key: str) -> str:
    return f"{settings.FX_KEY_PREFIX}:pace:{key}"
