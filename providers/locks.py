"""Let one of all processes do a thing, by a lock in Redis that dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog
from django.conf import settings

_log = structlog.get_logger(__name__)


def client() -> redis.Redis:
    """Connect to Redis with the options that notice a lost path."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS, socket_timeout=2)


@contextmanager
def shared_lock(name: str, *, seconds: float, wait: float = 0) -> Iterator[bool | None]:
    """Hold a lock for a block, at most `seconds`; yield whether we got it. None when Redis is away."""
    connection = client()
    lock = connection.lock(f"{settings.FX_KEY_PREFIX}:lock:{name}", timeout=seconds, thread_local=False)
    try:
        held: bool | None = lock.acquire(blocking=wait > 0, blocking_timeout=wait or None)
    except redis.RedisError as error:
        _log.warning("lock_unavailable", error=type(error).__name__)
        held = None
    try:
        yield held
    finally:
        if held:
            _release(lock)
        connection.close()


def _release(lock: redis.lock.Lock) -> None:
    """Give the lock back; one that ran out or vanished with Redis is nobody's any more."""
    try:
        lock.release()
    except redis.RedisError as error:
        _log.warning("lock_lost", error=type(error).__name__)
