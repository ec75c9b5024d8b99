"""Publish to the channel layer from any thread: the only place that does.

The layer's own `group_send` is a coroutine; under `async_to_sync` each call would open an event loop and a
Redis connection. What it puts on the wire is one PUBLISH, so that is what this does, with a client that is
kept. A test listens through the real layer and fails should its wire format ever change.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

import redis
import structlog
from channels import DEFAULT_CHANNEL_LAYER
from channels_redis.serializers import registry
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from rates.price import Price
from rates.serializers import to_wire

GROUP = "rates"
TIMEOUT_S = 1

_log = structlog.get_logger(__name__)


def publish(stream: str, seq: int, prices: Sequence[Price], published_at: datetime) -> None:
    """Tell every process about one committed run; call it after the commit.

    Redis out of reach fails no run: every hub reads what it missed from the database.
    """
    _publisher().send(run_message(stream, seq, prices, published_at))


def run_message(stream: str, seq: int, prices: Sequence[Price], published_at: datetime) -> dict[str, Any]:
    """Write a run as the hubs read it."""
    return {
        "type": "prices",
        "environment": settings.FX_ENVIRONMENT,
        "stream": stream,
        "seq": seq,
        "published_at": published_at.isoformat(),
        "prices": [to_wire(price) for price in prices],
    }


class Publisher:
    """Send messages to one group of the layer, and log when that stops and starts to work."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Speak to the one host of a RedisPubSubChannelLayer's `CONFIG`."""
        (host,) = config["hosts"]
        options = {key: setting for key, setting in host.items() if key != "address"}
        options |= {"socket_connect_timeout": TIMEOUT_S, "socket_timeout": TIMEOUT_S}
        # One attempt more, for a kept connection that a restart of Redis has ended; none after a time-out.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self._client = redis.Redis.from_url(host["address"], retry=retry, **options)
        self._channel = f"{config['prefix']}__group__{GROUP}"
        self._serialize = registry.get_serializer("msgpack").serialize
        self._lock = threading.Lock()
        self._reaches = True

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message to whoever listens now."""
        try:
            self._client.publish(self._channel, self._serialize(message))
        except redis.RedisError as error:
            self._note(reaches=False, error=error)
        else:
            self._note(reaches=True)

    def _note(self, *, reaches: bool, error: redis.RedisError | None = None) -> None:
        """Log a change once, however many runs it lasts."""
        with self._lock:
            changed, self._reaches = self._reaches != reaches, reaches
        if changed and error is not None:
            _log.error("publish_failed", reason=str(error))
        elif changed:
            _log.info("publish_resumed")


@cache
def _publisher() -> Publisher:
    return Publisher(cast("Mapping[str, Any]", settings.CHANNEL_LAYERS[DEFAULT_CHANNEL_LAYER]["CONFIG"]))
