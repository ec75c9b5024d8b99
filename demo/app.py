"""Serve the market over HTTP: route a request to its vendor, and let faults have their way with it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from urllib.parse import parse_qsl

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from demo.control import MAX_BODY_BYTES, answer_control
from demo.exchange import Exchange
from demo.faults import Desk, Kind, spoiled
from demo.wire import Answer, Ask, json_answer, page, revalidated

# 64 MiB in all: more than any client should take, less than a careless one can bear.
CHUNK_BYTES = 65_536
HUGE_CHUNKS = 1_024
READING = ("GET", "HEAD")
Flow = Callable[[ASGISendCallable], Coroutine[object, object, None]]
HOLDING = (Kind.DELAY, Kind.HANG)
ENDLESS = (Kind.HUGE, Kind.DRIP)
DRIP_PAUSE_S = 0.25


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
        if not await self._held(desk, receive):
            # Whoever has left hears nothing; whoever still waits while the server stops is told so.
            await _send(send, page(503, "503 Service Unavailable"))
        elif desk.fault.kind in ENDLESS:
            await self._flood(_drip if desk.fault.kind is Kind.DRIP else _pour, desk, receive, send)
        else:
            await _send(send, await self._answer(desk, ask))

    async def _held(self, desk: Desk, receive: ASGIReceiveCallable) -> bool:
        """Hold a request for as long as its vendor's faults say; False where nobody is left to answer."""
        switched = True
        while switched and desk.fault.kind in HOLDING:
            ends = (_left(receive), self.exchange.closing.wait(), desk.switched.wait())
            left, closing, switched = await _first(*ends, within_s=desk.fault.delay_s)
            if left or closing:
                return False
        return True

    async def _answer(self, desk: Desk, ask: Ask) -> Answer:
        if ask.method not in READING:
            return page(405, "405 Method Not Allowed").having(Allow=", ".join(READING))
        # The ECB's history takes a tenth of a second to pack: too long for a loop that others wait on.
        honest = await asyncio.to_thread(desk.vendor.answer, ask, self.exchange.moment(desk))
        return revalidated(ask, spoiled(desk.fault, desk.vendor, ask, honest))

    async def _flood(
        self, flow: Flow, desk: Desk, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Send what begins like an answer and never seems to end, until the client has had enough."""
        await _start(send, 200, [("content-type", "application/json")])
        ends = (_left(receive), self.exchange.closing.wait(), desk.switched.wait())
        await _first(flow(send), *ends)


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


async def _first(*runs: Coroutine[object, object, object], within_s: float | None = None) -> list[bool]:
    """Run all until one is done or the time is up, and cancel the others; say which were done."""
    tasks = [asyncio.ensure_future(run) for run in runs]
    try:
        await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        return [task.done() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()


async def _left(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _pour(send: ASGISendCallable) -> None:
    await _part(send, b'{"success":true,"padding":"', more=True)
    for _ in range(HUGE_CHUNKS):
        await _part(send, b" " * CHUNK_BYTES, more=True)
        # Where the client keeps up, nothing else would ever give way to the others.
        await asyncio.sleep(0)
    await _part(send, b"", more=False)


async def _drip(send: ASGISendCallable) -> None:
    while True:
        await _part(send, b" ", more=True)
        await asyncio.sleep(DRIP_PAUSE_S)


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
