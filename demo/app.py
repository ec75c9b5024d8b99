"""Serve the market over HTTP: route a request to its vendor, and let faults have their way with it."""

import asyncio
from collections.abc import Iterable
from urllib.parse import parse_qsl

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from demo.control import MAX_BODY_BYTES, answer_control
from demo.exchange import Exchange
from demo.faults import Desk, Kind, spoiled
from demo.vendors import Moment
from demo.wire import Answer, Ask, json_answer, page, revalidated

CHUNK_BYTES = 65_536
HUGE_CHUNKS = 1_024
READING = ("GET", "HEAD")


class MarketApp:
    """Answer as an ASGI application; it needs no lifespan and speaks no WebSocket."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        prefix, ask = _read(scope)
        desk = self.exchange.desks.get(prefix)
        if desk is not None:
            await self._vendor(desk, ask, receive, send)
        elif prefix == "control":
            await _send(send, await self._control(ask, receive))
        else:
            await _send(send, page(404, "404 Not Found"))

    async def _control(self, ask: Ask, receive: ASGIReceiveCallable) -> Answer:
        body = await _body(receive)
        if len(body) > MAX_BODY_BYTES:
            return json_answer(400, {"error": f"the body must be at most {MAX_BODY_BYTES} bytes"})
        return answer_control(self.exchange, ask, body)

    async def _vendor(
        self, desk: Desk, ask: Ask, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        desk.requests += 1
        if desk.fault.kind in (Kind.DELAY, Kind.HANG) and not await self._held(desk, receive):
            # Whoever has left hears nothing; whoever still waits while the server stops is told so.
            await _send(send, page(503, "503 Service Unavailable"))
        elif desk.fault.kind is Kind.HUGE:
            await self._flood(receive, send)
        else:
            await _send(send, await self._answer(desk, ask))

    async def _held(self, desk: Desk, receive: ASGIReceiveCallable) -> bool:
        """Hold a request for as long as its vendor's fault says; False where nobody is left to answer."""
        ends = [
            asyncio.ensure_future(end)
            for end in (_left(receive), self.exchange.closing.wait(), desk.switched.wait())
        ]
        left, closing, _ = ends
        try:
            await asyncio.wait(ends, timeout=desk.fault.delay_s, return_when=asyncio.FIRST_COMPLETED)
            return not left.done() and not closing.done()
        finally:
            for end in ends:
                end.cancel()

    async def _answer(self, desk: Desk, ask: Ask) -> Answer:
        if ask.method not in READING:
            return page(405, "405 Method Not Allowed").having(Allow=", ".join(READING))
        # The ECB's history takes a tenth of a second to pack: too long for a loop that others wait on.
        honest = await asyncio.to_thread(_honest, desk, ask, self.exchange.moment(desk))
        return spoiled(desk.fault, desk.vendor, honest)

    async def _flood(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Send 64 MiB that begin like an answer, until the client has had enough."""
        left = asyncio.ensure_future(_left(receive))
        await _start(send, 200, [("content-type", "application/json")])
        await _part(send, b'{"success":true,"padding":"', more=True)
        sent = 0
        while sent < HUGE_CHUNKS and not left.done() and not self.exchange.closing.is_set():
            await _part(send, b" " * CHUNK_BYTES, more=True)
            await asyncio.sleep(0)
            sent += 1
        left.cancel()
        await _part(send, b"", more=False)


def _honest(desk: Desk, ask: Ask, moment: Moment) -> Answer:
    return revalidated(ask, desk.vendor.answer(ask, moment))


def _read(scope: HTTPScope) -> tuple[str, Ask]:
    prefix, _, path = scope["path"].removeprefix("/").partition("/")
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
    return prefix, Ask(scope["method"], path, query, headers)


async def _body(receive: ASGIReceiveCallable) -> bytes:
    """Read a request's body, giving up beyond what a control request may hold."""
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        event = await receive()
        if event["type"] != "http.request":
            break
        body += event["body"]
        if not event["more_body"]:
            break
    return body


async def _left(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: ASGISendCallable, answer: Answer) -> None:
    headers = [("content-type", answer.content_type), *answer.headers.items()]
    if answer.status != 304:
        headers.append(("content-length", str(len(answer.body))))
    await _start(send, answer.status, headers)
    await _part(send, answer.body, more=False)


async def _start(send: ASGISendCallable, status: int, headers: Iterable[tuple[str, str]]) -> None:
    encoded = [(name.lower().encode(), text.encode("latin-1")) for name, text in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded, "trailers": False})


async def _part(send: ASGISendCallable, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
