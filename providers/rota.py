"""Ask a vendor that answers a pair at a time for all pairs in time, however few a single poll may ask for."""

from __future__ import annotations

from collections.abc import Sequence

import redis
import structlog
from django.core.cache import cache

from providers.adapters.base import Request

_log = structlog.get_logger(__name__)


def share(key: str, wanted: Sequence[Request], most: int) -> list[Request]:
    """Take a poll's share of the requests: all, or the most it may send, from where the last one ended."""
    if len(wanted) <= most:
        return list(wanted)
    start = _reached(key) % len(wanted)
    return [*wanted[start:], *wanted[:start]][:most]


def advance(key: str, asked: int) -> None:
    """Note that a poll got so far; one that ended at its first request has asked for that one."""
    try:
        cache.set(_name(key), _reached(key) + asked, None)
    except redis.RedisError as error:
        _log.warning("rota_unavailable", provider=key, error=type(error).__name__)


def _reached(key: str) -> int:
    try:
        reached: int = cache.get(_name(key), 0)
    except redis.RedisError as error:
        _log.warning("rota_unavailable", provider=key, error=type(error).__name__)
        return 0
    return reached


def _name(key: str) -> str:
    return f"rota:{key}"
