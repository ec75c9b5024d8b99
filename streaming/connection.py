"""Write to one socket without ever making another wait for it.

A send is started at once and nearly always done in its first step, because the server only copies the
frame to the kernel. Where the peer does not read, the rest of that one send goes on in a task of its own;
meanwhile new prices are only remembered by name, so a slow reader costs one name per pair it wants.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import Any

import structlog

_log = structlog.get_logger(__name__)

# A peer that reads too little unblocks now and then; only this long without a wait is keeping up.
CALM_S = 5.0

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Steps = Generator[Any, Any, None]


def text_message(text: str) -> Message:
    """Wrap a frame for the server; one message may go to many sockets."""
    return {"type": "websocket.send", "text": text}


class Connection:
    """Hold what one socket is owed: the send under way, and the names of prices to send after it."""

    def __init__(self, send: Send, catch_up: Callable[[Connection], None]) -> None:
        """Take the server's `send`, and what to call when a slow socket is ready for what it is owed."""
        self._send = send
        self._catch_up = catch_up
        self._loop = asyncio.get_running_loop()
        self._blocked: asyncio.Task[None] | None = None
        self._waiting = 0
        self._farewell: Message | None = None
        self._over = False
        self._pending: dict[str, int] = {}
        self.prev = 0
        self.owes_snapshot = False
        self.last_sent = self.caught_up_at = self._loop.time()
        self.behind_since: float | None = None

    @property
    def free(self) -> bool:
        """Say whether a frame would leave at once."""
        return self._blocked is None and not self._over

    @property
    def over(self) -> bool:
        """Say whether nothing more will be sent: the peer is gone, or it was told to go."""
        return self._over

    def behind_for(self) -> float:
        """Count the seconds since the peer fell behind; 0 once it has kept up for a while."""
        if self.free and self._loop.time() - self.caught_up_at > CALM_S:
            self.behind_since = None
        return 0.0 if self.behind_since is None else self._loop.time() - self.behind_since

    def silent_for(self) -> float:
        """Count the seconds since the last frame."""
        return self._loop.time() - self.last_sent

    def owe(self, names: Iterable[str]) -> None:
        """Remember that these prices changed while the peer was behind."""
        for name in names:
            self._pending[name] = self._pending.get(name, -1) + 1

    def settle(self) -> tuple[list[str], int]:
        """Hand over what is owed: the names in order, and how many older prices they replace."""
        owed, self._pending, self.owes_snapshot = self._pending, {}, False
        return sorted(owed), sum(owed.values())

    async def turn(self) -> None:
        """Wait until a frame would leave at once, or nothing more will be sent."""
        self._waiting += 1
        try:
            while self._blocked is not None:
                await asyncio.wait({self._blocked})
        finally:
            self._waiting -= 1

    def write(self, message: Message) -> None:
        """Send a frame now; call it only while the connection is `free`, else it is dropped."""
        if not self.free:
            return
        self.last_sent = self._loop.time()
        self._start(message)
        self._go_on()

    def close(self, code: int, reason: str) -> None:
        """Send nothing more and close with a code, after the send that is under way."""
        if self._over:
            return
        self._over = True
        self._farewell = {"type": "websocket.close", "code": code, "reason": reason}
        if self._blocked is None:
            self._say_farewell()

    def abandon(self) -> None:
        """Forget the peer: it has left."""
        self._over, self._farewell = True, None
        if self._blocked is not None:
            self._blocked.cancel()

    def _start(self, message: Message) -> None:
        steps = self._send(message).__await__()
        try:
            awaited = next(steps)
        except StopIteration:
            return
        except OSError:  # what ASGI servers raise when the peer is gone
            self._over = True
            return
        if not self.behind_for():
            self.behind_since = self._loop.time()
        self._blocked = self._loop.create_task(_finish(_Rest(steps, awaited)))
        self._blocked.add_done_callback(self._unblock)

    def _unblock(self, task: asyncio.Task[None]) -> None:
        self._blocked, self.caught_up_at = None, self._loop.time()
        if task.cancelled():
            return
        if error := task.exception():
            self._over = True
            if not isinstance(error, OSError):
                _log.error("send_failed", exc_info=error)
        elif self._farewell is not None:
            self._say_farewell()
        elif not self._waiting:
            self._go_on()

    def _go_on(self) -> None:
        """Send what is owed once the peer has caught up; what waits for its turn goes first."""
        if self.free and (self._pending or self.owes_snapshot):
            self._catch_up(self)

    def _say_farewell(self) -> None:
        message, self._farewell = self._farewell, None
        if message is not None:
            self._start(message)


class _Rest:
    """Stand for the rest of a send whose first step was taken outside any task."""

    def __init__(self, steps: Steps, awaited: Any) -> None:
        self._steps, self._awaited = steps, awaited

    def __await__(self) -> Steps:
        try:
            yield self._awaited
            yield from self._steps
        finally:
            self._steps.close()


async def _finish(rest: _Rest) -> None:
    await rest
