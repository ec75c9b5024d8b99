"""Ask one source, within limits of time and number, and turn whatever goes wrong into an outcome."""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Coroutine, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from urllib.parse import urljoin

import httpx
import structlog
from django.conf import settings
from django.utils import timezone

from providers import conditions, rota
from providers.adapters.base import Adapter, Ask, Category, ProviderError, Request, Tick
from providers.fetched import Fetched, Heard
from providers.guard import check_form
from providers.models import Outcome, Poll, Provider
from providers.secrets import Secret, SecretUnreadable, mask
from providers.signing import sign
from providers.traffic import admit, most_requests, note, settle, take
from providers.transport import answer, built, client, distrusted

# For one request with its redirects and its second try; each further request adds to the time of them all.
TOTAL_SECONDS, FURTHER_SECONDS, LONGEST_SECONDS = 4.0, 0.5, 20.0
PAUSE_SECONDS = 0.1
RETRY_WITHIN_SECONDS = 0.5
MOST_REQUESTS = 40
LONGEST_WAIT = timedelta(hours=1)
_DETAIL_LIMIT = 200
_UNAVAILABLE = (httpx.TransportError, TimeoutError)
_PASSING = frozenset({Category.UNSUPPORTED, Category.BAD_BODY})
_log = structlog.get_logger(__name__)


def fetch_ticks(
    provider: Provider, now: datetime, currencies: Iterable[str], besides: Set[str] = frozenset()
) -> list[Tick]:
    """Ask a provider for its newest ticks and save the outcome once; no ticks when it failed.

    It is not asked, and nothing is saved, while its breaker is open or its plan used up.
    Of a whole table that is polled every few seconds only what was asked for is passed on, and what it tells
    of the currencies in `besides`.
    """
    ask = Ask(frozenset(currencies), today=now.date())
    requests = cost(provider, ask)
    lasting = timedelta(seconds=deadline(requests) + 1)
    taken = 0 if provider.idle else admit(provider, requests, now, lasting)
    if not taken and not provider.idle:
        return []
    fetched = fetch(provider, ask, now, spare=taken - requests)
    ticks = fetched.ticks if provider.adapter.daily else asked_for(fetched.ticks, ask.currencies | besides)
    if fetched.outcome != Outcome.OK:
        _log.warning("poll_failed", provider=provider.key, category=fetched.outcome, detail=fetched.detail)
    poll = Poll.objects.create(
        provider=provider,
        started_at=fetched.started_at,
        latency_ms=round(fetched.latency / timedelta(milliseconds=1)),
        outcome=fetched.outcome,
        detail=fetched.detail,
        ticks=len(ticks),
        requests=fetched.requests,
    )
    if taken:
        note(poll, taken, fetched.retry_after, fetched.left)
    return ticks


def fetch_once(provider: Provider, ask: Ask, now: datetime) -> Fetched:
    """Ask a provider beside its polls; that counts in the plan, but is no poll and moves no breaker.

    It is not asked when the plan has nothing left for it: the outcome is quota then.
    """
    requests = cost(provider, ask)
    taken = 0 if provider.idle else take(provider, requests, now)
    if not taken and not provider.idle:
        return Fetched(Outcome.QUOTA, now, timedelta(0), "the plan has nothing left for it")
    fetched = fetch(provider, ask, now, spare=taken - requests)
    settle(provider, fetched.requests - taken, fetched.left, now)
    return fetched


def cost(provider: Provider, ask: Ask) -> int:
    """Count the requests that asking will send, without second tries; what sends none counts as one."""
    return max(min(len(provider.adapter.requests(ask)), _most(provider, ask)), 1)


def asked_for(ticks: Sequence[Tick], wanted: Set[str]) -> list[Tick]:
    """Keep the ticks of wanted currencies; the one that a whole table is stated in comes along."""
    bases, quotes = {tick.base for tick in ticks}, {tick.quote for tick in ticks}
    known = wanted | (bases if len(bases) == 1 else set()) | (quotes if len(quotes) == 1 else set())
    return [tick for tick in ticks if tick.base in known and tick.quote in known]


def fetch(provider: Provider, ask: Ask, now: datetime, spare: int = 1) -> Fetched:
    """Ask a provider; whatever goes wrong becomes an outcome with a category. The one broad `except`.

    `spare` is how many second tries it may take in all.
    """
    clock, secret, heard = perf_counter(), Secret(""), Heard(spare=spare)

    def ended(outcome: str, detail: str = "", retry_after: timedelta | None = None) -> Fetched:
        latency = timedelta(seconds=perf_counter() - clock)
        wait = None if retry_after is None else min(retry_after, LONGEST_WAIT)
        said = _readable(mask(detail, secret))
        return Fetched(Outcome(outcome), now, latency, said, heard.ticks, wait, heard.sent, heard.left)

    try:
        secret = provider.secret
        _ask(provider, secret, ask, heard)
        return ended(Outcome.OK, heard.partly)
    except SecretUnreadable as error:
        return ended(Category.AUTH, str(error))
    except ProviderError as error:
        return ended(error.category, error.detail, error.retry_after)
    except _UNAVAILABLE as error:
        return ended(Category.UNAVAILABLE, distrusted(error) or type(error).__name__)
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


def deadline(requests: int) -> float:
    """Say how many seconds a number of requests to one source may take in all."""
    return min(TOTAL_SECONDS + (requests - 1) * FURTHER_SECONDS, max(LONGEST_SECONDS, TOTAL_SECONDS))


def _ask(provider: Provider, secret: Secret, ask: Ask, heard: Heard) -> None:
    """Send the adapter's requests and have it read the bodies. Raises: ProviderError, httpx errors."""
    if provider.idle:
        raise ProviderError(Category.AUTH, "no API key is set")
    check_form(endpoint(provider))
    every = provider.adapter.requests(ask)
    wanted, heard.wanted = rota.share(provider.key, every, _most(provider, ask)), len(every)
    if not wanted:
        raise ProviderError(Category.UNSUPPORTED, "it states none of these currencies")
    wanted = [replace(asked, parameters={**asked.parameters, **provider.parameters}) for asked in wanted]
    conditional = list(zip(wanted, conditions.known(provider, ask, wanted), strict=True))
    try:
        _run(_converse(provider, secret, conditional, heard))
    finally:
        if len(wanted) < len(every):
            rota.advance(provider.key, heard.asked)
    for body, ticks in heard.answers:
        conditions.remember(provider, secret, ask, body, asked_for(ticks, ask.currencies))
    if failure := heard.failure(len(wanted), past=ask.on is not None):
        raise failure


def _most(provider: Provider, ask: Ask) -> int:
    """Say how many requests may go out at once; a past day is asked for whole."""
    return MOST_REQUESTS if ask.on else most_requests(provider, MOST_REQUESTS)


def _run(asking: Coroutine[None, None, None]) -> None:
    """Run to the end, but unlike `asyncio.run` wait for no resolver that hangs beyond the deadline."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(asking)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _converse(
    provider: Provider,
    secret: Secret,
    wanted: Sequence[tuple[Request, Mapping[str, str]]],
    heard: Heard,
) -> None:
    """Send one request after the other; one that is refused for what it asks does not end the others."""
    address = endpoint(provider)
    async with asyncio.timeout(deadline(len(wanted))), client() as line:
        for number, (asked, condition) in enumerate(wanted):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            request, heard.asked = (
                built(sign(asked, provider.adapter.auth, secret, address), condition),
                number + 1,
            )
            try:
                async with asyncio.timeout(TOTAL_SECONDS):
                    await _listen(line, provider.adapter, request, asked, heard)
            except ProviderError as error:
                if error.category not in _PASSING:
                    raise
                heard.failures.append(error)


async def _listen(
    line: httpx.AsyncClient, adapter: Adapter, request: httpx.Request, asked: Request, heard: Heard
) -> None:
    """Hear one request out; once more after a pause, where the failure is one that passes by itself."""
    for pause in (random.uniform(0, RETRY_WITHIN_SECONDS), None):  # noqa: S311  (no secret)
        status, heard.sent = 0, heard.sent + 1
        try:
            body = await answer(line, request, asked, adapter.body_limit)
            status = body.status
            if status != 304:
                heard.note(body, adapter.parse(body, timezone.now()))
            return
        except (httpx.TransportError, ProviderError) as error:
            if pause is None or heard.spare < 1 or not _transient(error, status):
                raise
            heard.spare -= 1
        await asyncio.sleep(pause)


def _transient(error: Exception, status: int) -> bool:
    """Say whether asking again at once may help: nobody reached, or a server in trouble without a wish."""
    if isinstance(error, ProviderError):
        return status >= 500 and error.category is Category.UNAVAILABLE and error.retry_after is None
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) and not distrusted(error)


def _readable(detail: str) -> str:
    """Cut a vendor's words to what a row, a page and a line of the log can show."""
    return "".join(character if character.isprintable() else " " for character in detail[:_DETAIL_LIMIT])
