"""Hear every pricing run once per process, keep the board true, and let the audience be told.

The board is filled from the database at the start and whenever something may have been missed: a run whose
`seq` did not come, a new membership of the layer, a position in the database that nobody told us of. Until
the database answers, the stream goes on with what it hears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error as DatabaseError
from django.db import connections

from rates.board import Board, board
from rates.current import load_board, position, tracked_symbols
from rates.errors import WrongEnvironment
from rates.price import Price
from streaming.audience import Audience
from streaming.link import Link
from streaming.order import Order, Run

MISSING_S = 0.25
LOOK_S = 1.0
PULSE_S = 0.2
RETRY_S = 1.0
FIRST_LOAD_S = 3.0

_log = structlog.get_logger(__name__)
_Found = TypeVar("_Found")


class Hub:
    """Tie this process' board, its link to the layer and its audience together."""

    def __init__(self, board: Board, environment: str) -> None:
        """Feed `board`; nothing runs before `start`."""
        self.board = board
        self.audience = Audience(board, environment)
        self._order = Order()
        self._link = Link(self._hear, self._ask_for_reload)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reads, self._running = True, False

    @property
    def listening(self) -> bool:
        """Say whether this process hears the group now."""
        return self._link.up

    async def start(self) -> None:
        """Start to listen, and wait a moment for the first board; without a database it comes later."""
        self._loop, self._running = asyncio.get_running_loop(), True
        # One thread: a database that hangs holds this one and no other.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hub")
        self._wanted, self._loaded = asyncio.Event(), asyncio.Event()
        self._waiting: asyncio.TimerHandle | None = None
        self._ask_for_reload()
        for run in (self._link.run, self._reload, self._look, self._pulse):
            self._keep_running(run)
        try:
            async with asyncio.timeout(FIRST_LOAD_S):
                await self._loaded.wait()
        except TimeoutError:
            _log.warning("hub_started_without_prices")

    async def stop(self) -> None:
        """Stop listening; sockets are the server's to close."""
        self._running = False
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False)

    def _keep_running(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run something for good: keep the reference, log a failure and start it again."""
        if not self._running:
            return
        name = run.__qualname__
        self._tasks[name] = task = self._loop.create_task(_awaited(run), name=name)
        task.add_done_callback(partial(self._restart, run))

    def _restart(self, run: Callable[[], Awaitable[None]], task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        _log.error("hub_task_failed", task=task.get_name(), exc_info=task.exception())
        self._ask_for_reload()
        self._loop.call_later(RETRY_S, self._keep_running, run)

    def _hear(self, message: dict[str, Any]) -> None:
        """Take in a run, unless it is of a stream that only the database knows of yet.

        An installation of the other environment may share the layer by mistake; it is not listened to.
        """
        if message["type"] != "prices" or message["environment"] != self.audience.environment:
            return
        run = Run.from_message(message)
        if not self._order.stream:
            self._order.restart(run.stream, run.seq - 1)
            self.board.replace(run.stream, run.seq - 1, ())
        if run.stream != self._order.stream:
            self._ask_for_reload()
            return
        self._apply(self._order.offer(run))
        self._watch_for_missing()

    def _apply(self, runs: Iterable[Run]) -> None:
        for run in runs:
            self.audience.make_way(price.symbol for price in run.prices)
            changed = self.board.put(run.prices, run.seq)
            self.audience.tell([price.symbol for price in changed], run.published_at)

    def _watch_for_missing(self) -> None:
        if self._order.missing and self._waiting is None:
            self._waiting = self._loop.call_later(MISSING_S, self._stop_waiting)

    def _stop_waiting(self) -> None:
        """Go on without a run that did not come in time, and fetch what it said from the database."""
        self._waiting = None
        if self._order.missing:
            _log.warning("stream_gap", seq=self._order.seq, known=self._order.known)
            self._apply(self._order.give_up())
            self._ask_for_reload()

    def _ask_for_reload(self) -> None:
        self._wanted.set()

    async def _reload(self) -> None:
        """Load the board whenever it is asked for, for as long as it takes."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            loaded = await self._read(load_board)
            if loaded is None:
                self._wanted.set()
                await asyncio.sleep(RETRY_S)
                continue
            symbols = await self._read(tracked_symbols)
            self._take_over(*loaded, symbols or self.audience.tracked)

    def _take_over(self, stream: str, seq: int, prices: list[Price], symbols: frozenset[str]) -> None:
        """Put the database's prices on the board, but for those that have been overtaken meanwhile."""
        self.audience.flush()
        same = stream == self._order.stream
        known = {price.symbol: price for price in self.board.all()} if same else {}
        newest = {price.symbol: price for price in prices}
        newer = {symbol: price for symbol, price in known.items() if (price.seq or 0) > seq}
        changed = [symbol for symbol, price in newest.items() if _differs(known.get(symbol), price)]
        self.board.replace(stream, max(seq, self.board.seq if same else 0), (newest | newer).values())
        self.audience.track(symbols)
        if changed:
            self.audience.heal(changed)
        self._loaded.set()
        self._apply(self._order.restart(stream, seq))

    async def _look(self) -> None:
        """Ask the database once a second how far the stream has come and which pairs are tracked."""
        while True:
            await asyncio.sleep(LOOK_S)
            found, symbols = await self._read(position), await self._read(tracked_symbols)
            if found is not None and symbols is not None:
                self._compare(*found, symbols)

    def _compare(self, stream: str, seq: int, symbols: frozenset[str]) -> None:
        if stream != self._order.stream or symbols != self.audience.tracked:
            self._ask_for_reload()
            return
        self._order.hear_of(seq)
        self._watch_for_missing()

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            self.audience.pulse()

    async def _read(self, query: Callable[[], _Found]) -> _Found | None:
        """Ask the database in the hub's own thread. None when it does not answer, which is logged once."""
        try:
            found: _Found = await database_sync_to_async(
                query, thread_sensitive=False, executor=self._thread
            )()
        except (DatabaseError, ObjectDoesNotExist, WrongEnvironment) as error:
            if self._reads:
                _log.warning("hub_database_lost", reason=str(error))
            self._reads = False
            return None
        self._reads = True
        return found


async def _awaited(run: Callable[[], Awaitable[None]]) -> None:
    await run()


def _differs(known: Price | None, loaded: Price) -> bool:
    """Say whether a loaded price is newer than what was told."""
    return known is None or (loaded.seq or 0) > (known.seq or 0)


hub = Hub(board, settings.FX_ENVIRONMENT)
