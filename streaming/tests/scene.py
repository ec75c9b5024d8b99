"""Set up an audience without a hub: the test moves the board and the clock by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rates.board import Board
from rates.price import Price
from streaming.audience import Audience
from streaming.connection import Connection
from streaming.interest import Interest
from streaming.tests.builders import NOON, price
from streaming.tests.peer import Peer


class Scene:
    """Two priced pairs, at noon, and whoever joins."""

    def __init__(self) -> None:
        """Begin with the stream `a` at 1."""
        self.time = NOON
        self.board = Board()
        self.board.replace("a", 1, [price("EUR/USD"), price("GBP/USD", "1.5")])
        self.audience = Audience(self.board, "demo", now=self.now)
        self.audience.track(frozenset({"EUR/USD", "GBP/USD"}))

    def now(self) -> datetime:
        """Tell the scene's time."""
        return self.time

    def join(self, interest: Interest) -> tuple[Peer, Connection]:
        """Let a peer come in that has seen the present."""
        peer = Peer()
        connection = Connection(peer.send, self.audience.catch_up)
        connection.prev = self.board.seq
        self.audience.place(connection, interest)
        return peer, connection

    def publish(self, seq: int, *prices: Price) -> None:
        """Put a run on the board and tell of it, without waiting for more to come."""
        self.tell(seq, *prices)
        self.audience.flush()

    def tell(self, seq: int, *prices: Price) -> None:
        """Put a run on the board and tell of it."""
        self.audience.make_way(each.symbol for each in prices)
        changed = self.board.put(prices, seq)
        self.audience.tell([each.symbol for each in changed], self.time)


def told(frame: dict[str, Any]) -> dict[str, str]:
    """List the mids of a frame by symbol."""
    return {each["symbol"]: each["mid"] for each in frame["rates"]}
