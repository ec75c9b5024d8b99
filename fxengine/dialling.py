"""Open a stream's connection to a checked address, and follow it nowhere else."""

from __future__ import annotations

import asyncio

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.uri import parse_uri

from providers.guard import addresses

OPEN_SECONDS = 3.0
_FRAME_BYTES = 1024 * 1024


class _Straight(connect):
    """Open a connection that is led nowhere: the key is told to whoever answers."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take a redirect for the failure that it is."""
        return exc


async def dial(url: str) -> ClientConnection:
    """Connect to the first address of a URL's host that answers; TLS and the Host header keep the name.

    Raises: providers.guard.Refused, OSError, TimeoutError, WebSocketException.
    """
    parts, failure = parse_uri(url), OSError("no address")
    async with asyncio.timeout(OPEN_SECONDS):
        found = await addresses(parts.host, parts.port)
    for address in found:
        try:
            return await _Straight(
                url,
                host=address,
                open_timeout=OPEN_SECONDS,
                close_timeout=0.2,
                max_size=_FRAME_BYTES,
                proxy=None,
                user_agent_header=settings.FX_USER_AGENT,
            )
        except OSError as error:
            failure = error
    raise failure
