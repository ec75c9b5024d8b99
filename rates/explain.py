"""Say of sources that have no part in a price why they have none now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from providers.breaker import State, standings
from providers.models import Provider
from providers.services import newest_ticks
from rates.deciding import heard_of
from rates.serializers import source_object


def explained(inputs: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Add the sources that staff switched off, and name the breaker where that keeps a source silent."""
    providers = list(Provider.objects.order_by("priority", "key"))
    enabled = [provider.key for provider in providers if provider.enabled]
    silent = {key for key, standing in standings(enabled).items() if standing.state is not State.CLOSED}
    named = [_named(said, silent) for said in inputs]
    ticks = newest_ticks([provider for provider in providers if not provider.enabled])
    pairs = dict.fromkeys(tuple(said["symbol"].split("/")) for said in inputs)
    return named + [
        source_object(base, quote, source.left_out("disabled"), now)
        for base, quote in pairs
        for source in heard_of(base, quote, ticks)
    ]


def _named(said: dict[str, Any], silent: set[str]) -> dict[str, Any]:
    is_silenced = said["reason"] == "stale" and said["provider"] in silent
    return said | {"reason": "breaker_open"} if is_silenced else said
