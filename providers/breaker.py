"""Stop asking a source that fails: one breaker per source, its state in Redis, shared by all workers.

closed → open after FAILURES within WINDOW, or at once where a key, plan or quota is the reason → half open,
with one probe among all workers → closed. Staff can hold it open or close it. With Redis away each process
goes by what it saw last.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
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

FAILURES = 5
WINDOW = timedelta(seconds=60)
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=2)
BLOCKED = timedelta(minutes=15)
PROBE = timedelta(seconds=10)
_BLOCKING = frozenset({Category.AUTH, Category.PLAN, Category.QUOTA})
_log = structlog.get_logger(__name__)
_client = client()
_seen: dict[str, Standing] = {}


class State(StrEnum):
    """Name the states; `held` is open until staff say otherwise."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a breaker stands, until when (None without an end), and what it was before the last change."""

    state: State
    until: datetime | None = None
    before: State = State.CLOSED

    @property
    def changed(self) -> bool:
        """Say whether the call that gave this moved the breaker."""
        return self.state != self.before


_script = _client.register_script(Path(__file__).with_suffix(".lua").read_text())


def ask(key: str) -> Standing:
    """Say whether a source may be asked: closed, or half open for the one caller that probes."""
    return _run(key, "ask", PROBE)


def note_good(key: str) -> Standing:
    """Note an answer; a probe's closes the breaker."""
    return _run(key, "good")


def note_bad(key: str, category: Category, retry_after: timedelta | None = None) -> Standing:
    """Note a failure; one that asking again cannot mend opens the breaker for long."""
    block = max(retry_after or BLOCKED, SHORTEST) if category in _BLOCKING or retry_after else ""
    jitter = random.uniform(0.8, 1.2)  # noqa: S311  (spreads retries, keeps no secret)
    return _run(key, "bad", WINDOW, FAILURES, SHORTEST, LONGEST, block, jitter)


def hold(key: str) -> Standing:
    """Keep a source from being asked until staff close the breaker."""
    return _run(key, "hold")


def close(key: str) -> Standing:
    """Let a source be asked again at once."""
    return _run(key, "close")


def standing(key: str) -> Standing:
    """Read how a breaker stands, without taking part."""
    try:
        state, until = _client.hmget(_name(key), "state", "until")
    except redis.RedisError:
        return _remembered(key)
    return _standing(key, [state or b"closed", state or b"closed", int(float(until or 0))])


def _run(key: str, *arguments: Any) -> Standing:
    """Run the script; with Redis away go by what this process saw last."""
    told = [str(a // timedelta(milliseconds=1)) if isinstance(a, timedelta) else str(a) for a in arguments]
    try:
        return _standing(key, cast("list[Any]", _script(keys=[_name(key)], args=told)))
    except redis.RedisError as error:
        _log.warning("breaker_unavailable", provider=key, error=type(error).__name__)
        return _remembered(key)


def _remembered(key: str) -> Standing:
    """Say how the breaker stood when this process saw it last; a pause that is over is over."""
    last = _seen.get(key, Standing(State.CLOSED))
    return Standing(State.CLOSED) if last.until and last.until <= timezone.now() else last


def _standing(key: str, found: list[Any]) -> Standing:
    before, state = (State(name.decode()) for name in found[:2])
    until = datetime.fromtimestamp(found[2] / 1000, UTC) if found[2] else None
    _seen[key] = Standing(state, until, before)
    return _seen[key]


def _name(key: str) -> str:
    return f"{settings.FX_KEY_PREFIX}:breaker:{key}"
