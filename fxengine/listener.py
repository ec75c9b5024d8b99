"""Listen to a source that streams: connect, hear, connect again, for ever; hand its ticks over in batches."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import redis
import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from fxengine.dialling import OPEN_SECONDS, dial
from providers.adapters.base import Adapter, Category, ProviderError, Tick
from providers.secrets import Secret, mask

BATCH_SECONDS = 0.25
# How often what is wanted of the source is looked up again: its key, its pairs, whether it is switched on.
PLAN_SECONDS = 5.0
# A connection that lived so long was a good one: after it the next attempt comes at once.
STEADY_SECONDS = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE, BLOCKED_PAUSE = 0.5, 30.0, 60.0
MOST_WAITING = 10_000
_BLOCKING = frozenset({Category.AUTH, Category.PLAN, Category.QUOTA})
# What passes by itself; anything else ends the process, and its supervisor starts it anew.
_OUTAGES = (OperationalError, InterfaceError, redis.RedisError)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """Where a source streams, what to say first, and who reads what it says. The greetings hold the key."""

    adapter: Adapter
    url: str
    greetings: tuple[str, ...] = field(repr=False)
    secret: Secret = field(repr=False, compare=False)


class Office(Protocol):
    """What the listener needs done with the database, each in one thread: it waits for nothing else."""

    def line(self) -> Line | None:
        """Say what to listen to. None while there is nothing to hear."""

    def take(self, ticks: list[Tick]) -> None:
        """Bring ticks into the house."""

    def note(self, outcome: str, detail: str, seconds: float) -> None:
        """Note how a connection began, or that it was lost."""

    def close(self) -> None:
        """Let go of the database."""


class Listener:
    """Hold one connection to one source."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._thread = ThreadPoolExecutor(1, "office")
        self._waiting: deque[Tick] = deque(maxlen=MOST_WAITING)
        self._line: Line | None = None
        self._socket: ClientConnection | None = None
        self._odd = 0

    async def run(self) -> None:
        """Listen until SIGTERM or SIGINT; what was heard until then is taken."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._listen, self._feed, self._watch):
                    group.create_task(work())
        finally:
            await self._flush()
            await self._ask(self._office.close)
            self._thread.shutdown()

    async def _listen(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            self._line = await self._plan()
            if self._line is None:
                await asyncio.sleep(PLAN_SECONDS)
                continue
            began, self._odd = loop.time(), 0
            error = await self._hear(self._line)
            failures = 0 if loop.time() - began > STEADY_SECONDS else failures + 1
            _log.warning("stream_lost", category=error.category, detail=error.detail, refused=self._odd)
            await self._ask(self._office.note, error.category, error.detail, 0.0)
            await asyncio.sleep(pause(failures, error.category))

    async def _hear(self, line: Line) -> ProviderError:
        """Hear a connection out, and say how it ended."""
        try:
            async with await dial(line.url) as self._socket:
                await self._read(self._socket, line)
        except ProviderError as error:
            return ProviderError(error.category, mask(error.detail, line.secret))
        except (OSError, TimeoutError, WebSocketException) as error:
            # The kind, never the text: it may quote what was sent, and the key was.
            return ProviderError(Category.UNAVAILABLE, f"stream: {type(error).__name__}")
        finally:
            self._socket = None
        return ProviderError(Category.UNAVAILABLE, "stream: closed")

    async def _read(self, socket: ClientConnection, line: Line) -> None:
        """Greet and read on. Raises: TimeoutError after a silence, and the error of the connection."""
        began, heard, greetings = asyncio.get_running_loop().time(), False, deque(line.greetings)
        await socket.send(greetings.popleft())
        while True:
            silence = timedelta(seconds=OPEN_SECONDS) if greetings else line.adapter.silence
            text = await _frame(socket, silence)
            ticks = self._parsed(line, text)
            if greetings and ticks is not None and line.adapter.admits(text):
                await socket.send(greetings.popleft())
            self._waiting.extend(ticks or [])
            if ticks and not heard:
                heard = True
                _log.info("stream_up", url=line.url)
                await self._ask(self._office.note, "ok", "", asyncio.get_running_loop().time() - began)

    def _parsed(self, line: Line, text: str) -> list[Tick] | None:
        """Read a frame. None where it makes no sense: it is passed over, the first of a connection logged.

        Raises: ProviderError where we are refused.
        """
        try:
            return line.adapter.parse_frame(text, timezone.now())
        except ProviderError as error:
            if error.category in _BLOCKING:
                raise
            if not self._odd:
                said = mask(error.detail, line.secret)
                _log.warning("stream_frame_refused", category=error.category, detail=said)
            self._odd += 1
            return None

    async def _feed(self) -> None:
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        """Hand over what was heard; while nobody can take it, it waits, and the oldest is forgotten first."""
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
        if not await self._ask(self._office.take, list(batch)):
            batch.extend(self._waiting)
            self._waiting = batch

    async def _watch(self) -> None:
        """Leave a connection that is no longer the one wanted."""
        while True:
            await asyncio.sleep(PLAN_SECONDS)
            if self._socket and await self._plan() != self._line:
                self._socket.transport.abort()

    async def _plan(self) -> Line | None:
        found: list[Line | None] = []
        reached = await self._ask(lambda: found.append(self._office.line()))
        return found[0] if reached else self._line

    async def _ask(self, order: Callable[..., object], *told: object) -> bool:
        """Have something done in the office's thread, and say whether it could be."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, order, *told)
        except _OUTAGES as error:
            _log.warning("stream_outage", error=type(error).__name__)
            return False
        return True


async def _frame(socket: ClientConnection, silence: timedelta | None) -> str:
    """Receive one frame, text or not. Raises: TimeoutError; nothing waits for a peer that fell silent."""
    try:
        async with asyncio.timeout(silence.total_seconds() if silence else None):
            return (await socket.recv(decode=False)).decode(errors="replace")
    except TimeoutError:
        socket.transport.abort()
        raise


def pause(failures: int, category: Category = Category.UNAVAILABLE) -> float:
    """Say how many seconds to wait before the next attempt: a random share of a time that doubles."""
    if category in _BLOCKING:
        return BLOCKED_PAUSE
    longest = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(failures, 10))
    return random.uniform(0.1, longest)  # noqa: S311  (spreads attempts, keeps no secret)
