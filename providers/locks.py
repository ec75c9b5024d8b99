"""Let one of all processes do a thing, by a lock in Redis that dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import redis
import structlog
from django.conf import settings

# Shorter than any two intervals: a poll that was killed costs the source one of its turns.
LEASE_SECONDS = 1.5
_log = structlog.get_logger(__name__)


def client() -> redis.Redis:
    """Connect to Redis with the options that notice a lost path."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS, socket_timeout=2)


@contextmanager
def shared_lock(name: str, *, seconds: float, wait: float = 0) -> Iterator[bool | None]:
    """Hold a lock for a block, at most `seconds`; yield whether we got it. None when Redis is away."""
    with _lock(name, seconds, wait) as (held, _):
        yield held


@contextmanager
def living_lock(name: str, *, wait: float = 0) -> Iterator[bool | None]:
    """Hold a lock for however long a block runs; yield whether we got it. None when Redis is away.

    `wait` is how many seconds to wait for it.
    It is renewed while its holder lives, so that it is free soon after the holder was killed.
    """
    with _lock(name, LEASE_SECONDS, wait) as (held, lock):
        done = Event()
        keeper = Thread(target=_renew, args=(lock, done), daemon=True)
        if held:
            keeper.start()
        try:
            yield held
        finally:
            done.set()
            if held:
                keeper.join()


@contextmanager
def _lock(name: str, seconds: float, wait: float) -> Iterator[tuple[bool | None, redis.lock.Lock]]:
    connection = client()
    lock = connection.lock(f"{settings.FX_KEY_PREFIX}:lock:{name}", timeout=seconds, thread_local=False)
    try:
        held: bool | None = lock.acquire(blocking=wait > 0, blocking_timeout=wait or None)
    except redis.RedisError as error:
        _log.warning("lock_unavailable", error=type(error).__name__)
        held = None
    try:
        yield held, lock
    finally:
        if held:
            _release(lock)
        connection.close()


def _renew(lock: redis.lock.Lock, done: Event) -> None:
    """Start a lock's time anew until its block is done; one that is lost stays lost."""
    while not done.wait(LEASE_SECONDS / 3):
        try:
            lock.reacquire()
        except redis.RedisError as error:
            _log.warning("lock_lost", error=type(error).__name__)
            return


def _release(lock: redis.lock.Lock) -> None:
    """Give the lock back; one that ran out or vanished with Redis is nobody's any more."""
    try:
        lock.release()
    except redis.RedisError as error:
        _log.warning("lock_lost", error=type(error).__name__)
