"""Take in request bodies whole and bounded, before anything else reads or stores them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fxengine.exceptions import problem_document
from rates.errors import PROBLEM_TYPE, ApiError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]

API_BYTES = 64 * 1024
PAGE_BYTES = 1024 * 1024
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_TOO_LARGE = ApiError("payload_too_large", 413, "A body has at most 64 KB.")


class BoundedBodies:
    """Refuse large bodies with 413, and tell the length of those that were sent in chunks."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            return await self.app(scope, receive, send)
        limit = API_BYTES if scope["path"].startswith("/api/") else PAGE_BYTES
        body = await _read(receive, limit)
        if body is None:
            return await _refuse(send)
        headers = [(name, text) for name, text in scope["headers"] if name != b"content-length"]
        told = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
        return await self.app(told, _replay(body, receive), send)


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Read a body to its end. None once it passes the limit."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand the body over as one message, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", PROBLEM_TYPE.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem_document(_TOO_LARGE)).encode()})
