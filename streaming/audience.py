"""Tell every connection of this process what it asked for, and nothing twice.

Connections with the same interest form a group: what a run means for them is worked out and written once,
and each gets the same message object.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from rates.board import Board
from streaming import frames
from streaming.connection import Connection, Message, text_message
from streaming.interest import Interest
from streaming.rendering import Rendering, flip

COALESCE_S = 0.005
TOO_SLOW_S = 30
GAP = "gap"


def utc_now() -> datetime:
    """Read the wall clock."""
    return datetime.now(UTC)


class Group:
    """Hold the connections that want the same pairs."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Start empty, wanting `names`."""
        self.names = names
        self.members: set[Connection] = set()


class Audience:
    """Know who listens, and write each change to all of them."""

    def __init__(self, board: Board, environment: str, now: Callable[[], datetime] = utc_now) -> None:
        """Speak for a board; its hub fills it and says what changed. `now` is the clock that ages prices."""
        self.board = board
        self.environment = environment
        self.tracked: frozenset[str] = frozenset()
        self.now = now
        self._rendering = Rendering(board, environment, now)
        self._groups: dict[Interest, Group] = {}
        self._interests: dict[Connection, Interest] = {}
        self._changed: set[str] = set()
        self._published_at = now()
        self._flushing: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0

    def __len__(self) -> int:
        """Count the connections."""
        return len(self._interests)

    def interest(self, connection: Connection) -> Interest:
        """Say what a connection wants now."""
        return self._interests.get(connection, Interest())

    def names(self, interest: Interest) -> tuple[str, ...]:
        """List the pairs that an interest means at present."""
        return interest.names(self.tracked)

    @property
    def offered(self) -> frozenset[str]:
        """Name what may be asked for: every tracked pair, either way round."""
        return self.tracked | {flip(symbol) for symbol in self.tracked}

    def place(self, connection: Connection, interest: Interest) -> None:
        """Let a connection join, or want something else from now on."""
        self.leave(connection)
        group = self._groups.setdefault(interest, Group(self.names(interest)))
        group.members.add(connection)
        self._interests[connection] = interest

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        interest = self._interests.pop(connection, None)
        if interest is not None:
            self._groups[interest].members.discard(connection)
            if not self._groups[interest].members:
                del self._groups[interest]

    def track(self, symbols: frozenset[str]) -> None:
        """Learn which pairs are tracked, priced or not."""
        if symbols != self.tracked:
            self.tracked = symbols
            for interest, group in self._groups.items():
                group.names = self.names(interest)

    def make_way(self, symbols: Iterable[str]) -> None:
        """Send what waits before the board changes under it: collecting must not swallow a price."""
        if not self._changed.isdisjoint(symbols):
            self.flush()

    def tell(self, symbols: Iterable[str], published_at: datetime) -> None:
        """Send what changed on the board, together with other pairs that change within a few milliseconds."""
        changed = set(symbols)
        if not changed:
            return
        self._rendering.renew(changed)
        self._changed |= changed
        self._published_at = published_at
        if self._flushing is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._flushed_at + COALESCE_S)
            self._flushing = loop.call_at(due, self.flush)

    def flush(self) -> None:
        """Send at once what `tell` has collected."""
        if self._flushing is not None:
            self._flushing.cancel()
        self._flushing, self._flushed_at = None, asyncio.get_running_loop().time()
        changed, self._changed = self._changed, set()
        touched = changed | {flip(symbol) for symbol in changed}
        for group in self._groups.values() if changed else ():
            if names := [name for name in group.names if name in touched]:
                self._send_rates(group, names)

    def heal(self, symbols: Iterable[str]) -> None:
        """Send a whole snapshot to everyone who has missed one of these prices."""
        changed = set(symbols)
        self._rendering.renew(changed)
        touched = changed | {flip(symbol) for symbol in changed}
        for group in self._groups.values():
            if not touched.isdisjoint(group.names):
                self._send_gap(group)

    def show(self, connection: Connection, names: Iterable[str]) -> None:
        """Send one connection the current prices of some pairs."""
        connection.prev = self.board.seq
        connection.write(self._snapshot(names))

    def catch_up(self, connection: Connection) -> None:
        """Send a slow connection the newest of what it missed while it did not read."""
        owes_snapshot = connection.owes_snapshot
        names, conflated = connection.settle()
        if owes_snapshot:
            message = self._snapshot(self.names(self.interest(connection)), GAP)
        else:
            message = self._rates(self._rendering.texts(names), connection.prev, conflated)
        connection.prev = self.board.seq
        connection.write(message)

    def pulse(self) -> None:
        """Send prices whose grade changed, a heartbeat into each silence, and off those who are too slow."""
        now = self.now()
        self.tell(self._rendering.regrade(), now)
        for group in self._groups.values():
            self._send_heartbeats(group, now)
        for connection in list(self._interests):
            if connection.behind_for() > TOO_SLOW_S:
                connection.close(4008, "too slow: reads, but not enough")

    def _send_rates(self, group: Group, names: list[str]) -> None:
        texts = self._rendering.texts(names)
        messages: dict[int, Message] = {}
        seq = self.board.seq
        for connection in group.members:
            if not connection.free:
                connection.owe(names)
                continue
            prev = connection.prev
            message = messages.get(prev)
            if message is None:
                message = messages[prev] = self._rates(texts, prev, 0)
            connection.prev = seq
            connection.write(message)

    def _send_gap(self, group: Group) -> None:
        message = self._snapshot(group.names, GAP)
        for connection in group.members:
            if connection.free:
                connection.settle()
                connection.prev = self.board.seq
                connection.write(message)
            else:
                connection.owes_snapshot = True

    def _send_heartbeats(self, group: Group, now: datetime) -> None:
        quiet = [c for c in group.members if c.free and c.silent_for() >= frames.HEARTBEAT_S]
        if quiet:
            stale = self._rendering.stale(group.names)
            message = text_message(frames.heartbeat(self.board.seq, now, stale))
            for connection in quiet:
                connection.write(message)

    def _snapshot(self, names: Iterable[str], reason: str | None = None) -> Message:
        texts = self._rendering.texts(names)
        return text_message(frames.snapshot(self.board.stream, self.board.seq, texts, reason))

    def _rates(self, texts: Iterable[str], prev: int, conflated: int) -> Message:
        return text_message(frames.rates(self.board.seq, prev, texts, conflated, self._published_at))
