"""Starting and stopping with the server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fxengine.lifespan import Lifespan

pytestmark = pytest.mark.asyncio


class Server:
    """Speak the lifespan protocol as a server does."""

    def __init__(self, *, fails: bool = False) -> None:
        """Prepare an app that notes what happens; `fails` breaks its start."""
        self.events: list[str] = []
        self._fails = fails
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.app = Lifespan(self._serve, self._start, self._stop)

    async def run(self) -> None:
        """Start the app and stop it again."""
        await self._messages.put({"type": "lifespan.startup"})
        await self._messages.put({"type": "lifespan.shutdown"})
        await self.app({"type": "lifespan"}, self._messages.get, self._send)

    async def request(self, kind: str) -> None:
        """Hand the app a connection."""
        await self.app({"type": kind}, self._messages.get, self._send)

    async def _start(self) -> None:
        self.events.append("start")
        if self._fails:
            raise RuntimeError("no start")

    async def _stop(self) -> None:
        self.events.append("stop")

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        self.events.append(scope["type"])

    async def _send(self, message: Any) -> None:
        self.events.append(message["type"])


async def test_it_starts_before_and_stops_after_everything_else() -> None:
    server = Server()
    await server.run()
    assert server.events == ["start", "lifespan.startup.complete", "stop", "lifespan.shutdown.complete"]


async def test_it_passes_connections_to_the_app() -> None:
    server = Server()
    await server.request("http")
    await server.request("websocket")
    assert server.events == ["http", "websocket"]


async def test_a_start_that_fails_reaches_the_server() -> None:
    server = Server(fails=True)
    with pytest.raises(RuntimeError, match="no start"):
        await server.run()
    assert server.events == ["start"]
