"""Stop asking a source that fails: one breaker per source, its state in Redis, shared by all workers.

closed → open after FAILURES in a window, or at once for a key, plan or quota → half open, with one probe
among all workers → closed. Staff can hold it open or close it. Without Redis a process goes by what it saw.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import redis
import structlog
from django.conf import settings
from django.utils import timezone

from providers.adapters.base import Category
from providers.locks import client

FAILURES, WINDOW = 5, timedelta(seconds=60)
SHORTEST, LONGEST, BLOCKED = timedelta(seconds=5), timedelta(minutes=2), timedelta(minutes=15)
PROBE = timedelta(seconds=5)  # the deadline of one request and a second; then a killed probe's place is free
_BLOCKING = frozenset({Category.AUTH, Category.PLAN, Category.QUOTA})
_MILLISECOND = timedelta(milliseconds=1)
_log, _client = structlog.get_logger(__name__), client()
_script = _client.register_script(Path(__file__).with_suffix(".lua").read_text())


class State(StrEnum):
    """Name the states; `held` is open until staff say otherwise."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a breaker stands, until when (None without an end), what it was, and whether the caller may ask."""

    state: State = State.CLOSED
    until: datetime | None = None
    before: State = State.CLOSED
    allowed: bool = True


_seen: dict[str, Standing] = {}


def ask(key: str, lasting: timedelta | None = None) -> Standing:
    """Say whether a source may be asked: closed, or half open for the one caller that probes for so long."""
    return _run(key, "ask", lasting or PROBE)


def note_good(key: str) -> Standing:
    """Note an answer; a probe's closes the breaker."""
    return _run(key, "good")


def note_bad(key: str, category: Category, retry_after: timedelta | None, every: timedelta) -> Standing:
    """Note a failure; what asking again cannot mend opens for long, and slow sources have a long window."""
    pause = retry_after or (BLOCKED if category in _BLOCKING else None)
    limit: timedelta = settings.BREAKER_LIMIT
    fixed = min(max(pause, SHORTEST), limit) if pause else ""
    window, jitter = max(WINDOW, 2 * FAILURES * every), random.uniform(0.8, 1.2)  # noqa: S311  (no secret)
    return _run(key, "bad", window, FAILURES, min(SHORTEST, limit), min(LONGEST, limit), jitter, fixed)


def hold(key: str) -> Standing:
    """Keep a source from being asked until staff close the breaker."""
    return _run(key, "hold")


def close(key: str) -> Standing:
    """Let a source be asked again at once."""
    return _run(key, "close")


def standings(keys: Sequence[str]) -> dict[str, Standing]:
    """Read how breakers stand, without taking part."""
    reading = _client.pipeline(transaction=False)
    for key in keys:
        reading.hmget(_name(key), ["state", "until"])
    try:
        rows = [(state or b"closed", until or 0) for state, until in reading.execute()]
    except redis.RedisError:
        return {key: _remembered(key) for key in keys}
    return {key: _standing(key, [s, s, at, s == b"closed"]) for key, (s, at) in zip(keys, rows, strict=True)}


def _run(key: str, *arguments: Any) -> Standing:
    """Run the script; with Redis away go by what this process saw last."""
    told = [str(a // _MILLISECOND) if isinstance(a, timedelta) else str(a) for a in arguments]
    try:
        return _standing(key, cast("list[Any]", _script(keys=[_name(key)], args=told)))
    except redis.RedisError as error:
        _log.warning("breaker_unavailable", provider=key, error=type(error).__name__)
        return _remembered(key)


def _remembered(key: str) -> Standing:
    """Say how the breaker stood when this process saw it last; a pause that is over is over."""
    last = _seen.get(key, Standing())
    return Standing() if last.until and last.until <= timezone.now() else replace(last, before=last.state)


def _standing(key: str, found: list[Any]) -> Standing:
    before, state = (State(name.decode()) for name in found[:2])
    until = datetime.fromtimestamp(int(found[2]) / 1000, UTC) if int(found[2]) else None
    _seen[key] = Standing(state, until, before, allowed=bool(found[3]))
    return _seen[key]


def _name(key: str) -> str:
    return f"{settings.FX_KEY_PREFIX}:breaker:{key}"
