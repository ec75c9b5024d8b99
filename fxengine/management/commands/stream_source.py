"""Listen to a source that streams, and bring its ticks into the house as polls do."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connections
from django.utils import timezone

from fxengine import pipeline, pulse
from fxengine.listener import Line, Listener
from providers.adapters import adapter, keys
from providers.adapters.base import Ask, Tick
from providers.breaker import State, standings
from providers.models import Poll, Provider
from providers.secrets import SecretUnreadable
from rates.services import wanted_currencies


class Command(BaseCommand):
    """Run until SIGTERM. While the stream is down the source is polled, as one without a stream is."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the sources that stream, and another address for one."""
        streaming = [key for key in keys() if adapter(key).stream_url]
        parser.add_argument("provider", choices=streaming)
        parser.add_argument("--url", default="", help="ws:// or wss:// address in place of the vendor's")

    def handle(self, *_: Any, **options: Any) -> None:
        """Listen. Raises: CommandError in a demo without an address: real prices are not for it."""
        key, url = options["provider"], options["url"]
        if settings.FX_DEMO and not url:
            raise CommandError("The demo market does not stream; name a simulated source with --url.")
        if not Provider.objects.filter(key=key).exists():
            raise CommandError(f"There is no provider {key} in the database yet: run setup.")
        structlog.contextvars.bind_contextvars(provider=key)
        with suppress(asyncio.CancelledError):
            asyncio.run(Listener(Desk(key, url)).run())


class Desk:
    """Do what a listener needs of the database, each with a connection that is known to live."""

    def __init__(self, key: str, url: str = "") -> None:
        self._key, self._url = key, url

    def line(self) -> Line | None:
        """Say what to listen to. None while it is off or held, waits for its key, or has nothing tracked."""
        close_old_connections()
        provider = Provider.objects.get(key=self._key)
        source, ask = provider.adapter, Ask(frozenset(wanted_currencies()), today=timezone.now().date())
        try:
            secret = provider.secret
        except SecretUnreadable:
            return None
        held = standings([self._key])[self._key].state is State.HELD
        able = provider.enabled and not held and (source.keyless or secret)
        greetings = source.greetings(ask) if able else []
        key = json.dumps(secret.reveal())[1:-1]
        signed = tuple(greeting.replace("{key}", key) for greeting in greetings)
        return Line(source, self._url or source.stream_url, signed, secret) if signed else None

    def take(self, ticks: list[Tick]) -> None:
        """Bring ticks into the house; for an interval its source need not be polled then."""
        close_old_connections()
        pipeline.take(ticks)
        pulse.speak(self._key, Provider.objects.get(key=self._key).interval_seconds)

    def note(self, outcome: str, detail: str, seconds: float) -> None:
        """Note a beginning or a loss as a poll, for the health board."""
        close_old_connections()
        provider = Provider.objects.get(key=self._key)
        Poll.objects.create(
            provider=provider,
            started_at=timezone.now(),
            latency_ms=round(seconds * 1000),
            outcome=outcome,
            detail=detail[:200],
            requests=0,
        )

    def close(self) -> None:
        """Let go of the database."""
        connections.close_all()
