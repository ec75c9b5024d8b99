"""Remember what a vendor calls its answer by, so that an unchanged one need not be sent again.

A condition is only made while every rate of the answer it names is stored: an answer that was lost on its
way to the database would otherwise stay lost until the vendor says something new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import redis
import structlog
from django.core.cache import cache
from django.db import DatabaseError

from providers.adapters.base import Ask, Basis, Body, Request, Tick
from providers.models import NewestTick, Provider
from providers.secrets import Secret, mask

# A vendor that calls all its answers the same is found out after this time.
_KEPT_SECONDS = 60 * 60
_LONGEST = 200
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
HEADERS = frozenset(header.lower() for header in _CONDITIONS.values())
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """The headers that ask for a change of an answer, and the newest rates that it held."""

    headers: Mapping[str, str]
    rates: frozenset[tuple[str, str, datetime]]


def known(provider: Provider, ask: Ask, wanted: Sequence[Request]) -> list[Mapping[str, str]]:
    """Give the headers of a condition for each request; none where nothing is known."""
    names = [_name(provider, ask, asked) for asked in wanted]
    nothing: Mapping[str, str] = {}
    try:
        kept: dict[str, _Known] = cache.get_many(names)
        if not kept:
            return [nothing] * len(names)
        rows = NewestTick.objects.filter(provider_id=provider.pk).values_list("base", "quote", "as_of")
        stored = frozenset(rows)
    except (redis.RedisError, DatabaseError) as error:
        _log.warning("conditions_unavailable", error=type(error).__name__)
        return [nothing] * len(names)
    return [kept[name].headers if name in kept and kept[name].rates <= stored else nothing for name in names]


def remember(provider: Provider, secret: Secret, ask: Ask, body: Body, ticks: Sequence[Tick]) -> None:
    """Remember an answer to a request; `ticks` are those that will be stored of it.

    An answer without a time of its own is not remembered: that it is still so is news. Neither is one about a
    past day, whose rates are kept elsewhere, nor a name that a vendor made of our key.
    """
    if ask.on:
        return
    stated = {header: body.headers[name] for name, header in _CONDITIONS.items() if name in body.headers}
    headers = {
        header: text
        for header, text in stated.items()
        if len(text) <= _LONGEST and mask(text, secret) == text
    }
    timed = ticks and all(tick.as_of_basis is not Basis.RECEIVED for tick in ticks)
    if not headers or not timed or body.request is None or body.status != 200 or body.request.content:
        return
    # The oldest comes first, so what stays of a pair is its newest.
    newest = {(tick.base, tick.quote): tick.as_of for tick in ticks}
    rates = frozenset((*pair, as_of) for pair, as_of in newest.items())
    try:
        cache.set(_name(provider, ask, body.request), _Known(headers, rates), _KEPT_SECONDS)
    except redis.RedisError as error:
        _log.warning("conditions_unavailable", error=type(error).__name__)


def _name(provider: Provider, ask: Ask, asked: Request) -> str:
    """Name a request without its key; for other currencies the same answer is another."""
    parts = (provider.base_url, asked.path, sorted(asked.parameters.items()), sorted(ask.currencies), ask.on)
    return f"unchanged:{provider.key}:{sha256(repr(parts).encode()).hexdigest()}"
