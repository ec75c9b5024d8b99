"""Speak HTTP to a vendor, within limits of size and place. The only HTTP to vendors in the house."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import format_datetime
from functools import cache
from http import HTTPStatus

import httpcore
import httpx
from django.conf import settings
from django.utils import timezone

from providers import conditions
from providers.adapters.base import Body, Category, NoRates, ProviderError, Request
from providers.guard import Guarded
from providers.signing import Signed
from providers.unpacking import Unpacker

CONNECT_SECONDS = 1.5
READ_SECONDS = 4.0
MOST_REDIRECTS = 2
_PAGE = re.compile(rb"[\s\xef\xbb\xbf]*<(!doctype html|html)", re.IGNORECASE)


def client() -> httpx.AsyncClient:
    """Open a client that leaves the network to the guard and follows no redirect by itself."""
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(transport=_Transport(), trust_env=False, timeout=timeout)


def built(signed: Signed, condition: Mapping[str, str]) -> httpx.Request:
    """Build a request that says who asks, and that nothing is to be compressed."""
    ours = {"User-Agent": settings.FX_USER_AGENT, "Accept-Encoding": "identity"}
    headers = {**signed.headers, **condition, **ours}
    return httpx.Request(
        signed.method, signed.url, params=signed.parameters, headers=headers, content=signed.content
    )


async def answer(line: httpx.AsyncClient, request: httpx.Request, asked: Request, limit: int) -> Body:
    """Read a whole answer, after a redirect or two at most."""
    for _ in range(MOST_REDIRECTS + 1):
        async with _closing(await line.send(request, stream=True)) as heard:
            if heard.next_request is None:
                return await _read(heard, request, asked, limit)
            request = _followed(heard, heard.next_request)
    raise ProviderError(Category.UNAVAILABLE, "redirected too often")


@asynccontextmanager
async def _closing(heard: httpx.Response) -> AsyncIterator[httpx.Response]:
    try:
        yield heard
    finally:
        await heard.aclose()


def _followed(heard: httpx.Response, target: httpx.Request) -> httpx.Request:
    """Follow a redirect within the same host, and from http to https at most."""
    here, there = heard.request.url, target.url
    upgraded = (here.scheme, here.port, there.scheme, there.port) == ("http", None, "https", None)
    same = (here.scheme, here.port) == (there.scheme, there.port)
    if there.host != here.host or there.userinfo or not (same or upgraded):
        raise ProviderError(Category.UNAVAILABLE, f"HTTP {heard.status_code}: redirected to another host")
    return target


async def _read(heard: httpx.Response, request: httpx.Request, asked: Request, limit: int) -> Body:
    """Read a body within its limit, and see that it can be one."""
    status, unpacker = heard.status_code, Unpacker(heard.headers.get("content-encoding", ""), limit)
    async for chunk in heard.aiter_raw():
        unpacker.feed(chunk)
    # A vendor without a clock of its own speaks by ours, as RFC 9110 has it.
    headers = {"date": format_datetime(timezone.now(), usegmt=True), **heard.headers}
    body = Body(status, unpacker.finish(), heard.headers.get("content-type", ""), headers, asked)
    unasked = status == 304 and not set(conditions.HEADERS) & set(request.headers)
    if 300 <= status < 400 and (status != 304 or unasked):
        raise body.failure("neither an answer nor a redirect", Category.UNAVAILABLE)
    if status == HTTPStatus.NO_CONTENT:
        raise NoRates
    if status < 300 and not body.content.strip():
        raise body.failure("an empty body")
    if status < 300 and _PAGE.match(body.content):
        raise body.failure("a page of HTML")
    return body


class _Transport(httpx.AsyncHTTPTransport):
    """Speak HTTP over connections that the guard opens; httpx has no argument for that."""

    def __init__(self) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=Guarded())


def distrusted(error: BaseException | None) -> str:
    """Say that it was the certificate; empty when it was something else."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "the certificate is not trusted"
        error = error.__cause__ or error.__context__
    return ""


@cache
def _tls() -> ssl.SSLContext:
    """Load the certificate store once: it takes longer than a request."""
    return ssl.create_default_context()
