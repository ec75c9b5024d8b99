"""Stand at the server's end of a socket: note what is sent, and stop reading on demand as uvicorn does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from streaming.connection import Message

EVERYTHING = 1_000_000


class Peer:
    """Receive messages while it reads; `send` waits while it does not, and fails once it has left."""

    def __init__(self) -> None:
        """Start reading whatever comes."""
        self.messages: list[Message] = []
        self.gone = False
        self._room = EVERYTHING
        self._reads = asyncio.Event()
        self._reads.set()
        self._came = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Take one message from the app."""
        while not self._room and not self.gone:
            self._reads.clear()
            await self._reads.wait()
        if self.gone:
            raise ConnectionResetError
        self._room -= 1
        self.messages.append(message)
        self._came.set()

    def stop_reading(self) -> None:
        """Let the next send wait."""
        self._room = 0

    def read(self, messages: int = EVERYTHING) -> None:
        """Take so many messages more, the one that waits first."""
        self._room = messages
        self._reads.set()

    def leave(self) -> None:
        """Break the connection."""
        self.gone = True
        self._reads.set()

    async def received(self, messages: int) -> None:
        """Wait until so many messages have come. Raises: TimeoutError."""
        async with asyncio.timeout(2):
            while len(self.messages) < messages:
                self._came.clear()
                await self._came.wait()

    @property
    def texts(self) -> list[str]:
        """List the texts received."""
        return [message["text"] for message in self.messages if "text" in message]

    @property
    def frames(self) -> list[dict[str, Any]]:
        """List the frames received."""
        return [json.loads(text) for text in self.texts]

    @property
    def close(self) -> Message | None:
        """Show the close message. None while the socket is open."""
        return next((message for message in self.messages if message["type"] == "websocket.close"), None)


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)
