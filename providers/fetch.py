"""Ask one source, within limits of time and size. The only HTTP to vendors in the house."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import Coroutine, Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter
from urllib.parse import urljoin

import httpx
import structlog
from django.conf import settings
from django.utils import timezone

from providers.adapters.base import Adapter, Ask, Body, Category, ProviderError, Tick
from providers.models import Outcome, Poll, Provider
from providers.secrets import Secret, SecretUnreadable, mask

BODY_LIMIT_BYTES = 5 * 1024 * 1024
CONNECT_SECONDS = 1.5
TOTAL_SECONDS = 4.0
_DETAIL_LIMIT = 200
_UNAVAILABLE = (httpx.TransportError, TimeoutError)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """How one request ended: its ticks, or the category and a masked word on what went wrong."""

    outcome: Outcome
    started_at: datetime
    latency: timedelta
    detail: str = ""
    ticks: list[Tick] = field(default_factory=list)


def fetch_ticks(provider: Provider, now: datetime, currencies: Iterable[str]) -> list[Tick]:
    """Ask a provider for its newest ticks and save the outcome once; no ticks when it failed.

    Of a whole table that is polled every few seconds only what was asked for is passed on.
    """
    wanted = frozenset(currencies)
    fetched = fetch(provider, Ask(wanted), now)
    ticks = fetched.ticks if provider.adapter.daily else asked_for(fetched.ticks, wanted)
    if fetched.outcome != Outcome.OK:
        _log.warning("poll_failed", provider=provider.key, category=fetched.outcome, detail=fetched.detail)
    Poll.objects.create(
        provider=provider,
        started_at=fetched.started_at,
        latency_ms=round(fetched.latency / timedelta(milliseconds=1)),
        outcome=fetched.outcome,
        detail=fetched.detail,
        ticks=len(ticks),
    )
    return ticks


def asked_for(ticks: Sequence[Tick], wanted: Set[str]) -> list[Tick]:
    """Keep the ticks of wanted currencies; the one that a whole table is stated in comes along."""
    bases, quotes = {tick.base for tick in ticks}, {tick.quote for tick in ticks}
    known = wanted | (bases if len(bases) == 1 else set()) | (quotes if len(quotes) == 1 else set())
    return [tick for tick in ticks if tick.base in known and tick.quote in known]


def fetch(provider: Provider, ask: Ask, now: datetime) -> Fetched:
    """Ask a provider; whatever goes wrong becomes an outcome with a category. The one broad `except`."""
    clock, secret = perf_counter(), Secret("")

    def ended(outcome: str, detail: str = "", ticks: list[Tick] | None = None) -> Fetched:
        latency = timedelta(seconds=perf_counter() - clock)
        return Fetched(Outcome(outcome), now, latency, _readable(mask(detail, secret)), ticks or [])

    try:
        secret = provider.secret
        return ended(Outcome.OK, ticks=_ask(provider.adapter, provider, secret, ask))
    except SecretUnreadable as error:
        return ended(Category.AUTH, str(error))
    except ProviderError as error:
        return ended(error.category, error.detail)
    except _UNAVAILABLE as error:
        return ended(Category.UNAVAILABLE, type(error).__name__)
    except Exception as error:
        # The place, never the text: an exception may carry the URL, and the URL the key.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        _log.error("adapter_failed", provider=provider.key, error=type(error).__name__, where=where)
        return ended(Category.BAD_BODY, f"the adapter failed: {type(error).__name__}")


def endpoint(provider: Provider) -> str:
    """Say where a provider is asked: staff's address, the demo market in demo, or the vendor's own."""
    if not provider.base_url and settings.FX_ENVIRONMENT == "demo":
        market: str = settings.FX_DEMO_MARKET_URL
        return urljoin(market, f"/{provider.key}/")
    # Without the slash, joining a path would put it in the place of the address' last part.
    return (provider.base_url or provider.adapter.base_url).rstrip("/") + "/"


def _ask(adapter: Adapter, provider: Provider, secret: Secret, ask: Ask) -> list[Tick]:
    """Send the adapter's request and have it read the body. Raises: ProviderError, httpx errors."""
    if provider.idle:
        raise ProviderError(Category.AUTH, "no API key is set")
    body = _run(_get(_signed(adapter, provider, secret, ask)))
    return adapter.parse(body, timezone.now())


def _run(asking: Coroutine[None, None, Body]) -> Body:
    """Run to the end, but unlike `asyncio.run` wait for no resolver that hangs beyond the deadline."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asking)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _signed(adapter: Adapter, provider: Provider, secret: Secret, ask: Ask) -> httpx.Request:
    """Build the HTTP request; the key joins it here and nowhere else."""
    asked, auth = adapter.request(ask), adapter.auth
    parameters, headers = {**asked.parameters, **provider.parameters}, {"User-Agent": settings.FX_USER_AGENT}
    if auth.place != "none" and secret:
        signed = parameters if auth.place == "query" else headers
        signed[auth.name] = auth.form.format(key=secret.reveal())
    headers["Accept-Encoding"] = "identity"
    return httpx.Request("GET", urljoin(endpoint(provider), asked.path), params=parameters, headers=headers)


async def _get(request: httpx.Request) -> Body:
    """Read a whole answer, bounded in time and size; redirects are not followed."""
    timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
    async with (
        asyncio.timeout(TOTAL_SECONDS),
        httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=timeout) as client,
    ):
        answer = await client.send(request, stream=True)
        if answer.is_redirect:
            raise ProviderError(
                Category.UNAVAILABLE, f"HTTP {answer.status_code}: redirects are not followed"
            )
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise ProviderError(Category.BAD_BODY, "compressed although asked not to")
        content = bytearray()
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > BODY_LIMIT_BYTES:
                raise ProviderError(Category.BAD_BODY, "larger than 5 MiB")
        return Body(answer.status_code, bytes(content), answer.headers.get("content-type", ""))


def _readable(detail: str) -> str:
    """Cut a vendor's words to what a row, a page and a line of the log can show."""
    return "".join(character if character.isprintable() else " " for character in detail[:_DETAIL_LIMIT])


@cache
def _tls() -> ssl.SSLContext:
    """Load the certificate store once: it takes longer than a request."""
    return ssl.create_default_context()
