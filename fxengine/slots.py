"""Let one task per source and slot through, by the clock of Redis that all workers share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings

from providers.fetch import TOTAL_SECONDS
from providers.locks import client, shared_lock
from providers.models import Provider

_client = client()


@contextmanager
def claim(key: str) -> Iterator[bool]:
    """Claim the current slot of a source for a block, unless an earlier poll of it still runs."""
    if not _take(key):
        yield False
        return
    with shared_lock(f"poll:{key}", seconds=2 * TOTAL_SECONDS) as held:
        yield bool(held)


def _take(key: str) -> bool:
    """Take the current slot; a task that comes late or twice finds it taken."""
    provider = Provider.objects.filter(key=key, enabled=True).first()
    if provider is None:
        return False
    interval_us = provider.interval_seconds * 1_000_000
    seconds, micros = cast("tuple[int, int]", _client.time())
    slot = (seconds * 1_000_000 + micros) // interval_us
    name = f"{settings.FX_KEY_PREFIX}:slot:{key}:{slot}"
    return bool(_client.set(name, 1, nx=True, px=2 * interval_us // 1000))
