"""Let one task per source and slot through, by the clock of Redis that all workers share."""

from typing import cast

import redis
from django.conf import settings

from providers.models import Provider

_client = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS, socket_timeout=2)


def take(key: str) -> bool:
    """Claim the current slot of a source; a task that comes late or twice finds it taken."""
    provider = Provider.objects.filter(key=key, enabled=True).first()
    if provider is None:
        return False
    interval_us = provider.interval_seconds * 1_000_000
    seconds, micros = cast("tuple[int, int]", _client.time())
    slot = (seconds * 1_000_000 + micros) // interval_us
    name = f"{settings.FX_KEY_PREFIX}:slot:{key}:{slot}"
    return bool(_client.set(name, 1, nx=True, px=2 * interval_us // 1000))
