"""Put pricing runs back in order and notice a missing one. Pure: whoever uses it keeps the time.

A run is published after its commit, so a later run may overtake it on the way. Runs that came too early
are held until the ones before them are there, or until someone gives up waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rates.price import Price
from rates.serializers import from_wire


@dataclass(frozen=True, slots=True)
class Run:
    """Carry the prices that one pricing run published under one `seq`; there may be none."""

    stream: str
    seq: int
    prices: tuple[Price, ...]
    published_at: datetime

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "Run":
        """Read a run as `broadcast.publish` wrote it."""
        return cls(
            stream=message["stream"],
            seq=message["seq"],
            prices=tuple(from_wire(price) for price in message["prices"]),
            published_at=datetime.fromisoformat(message["published_at"]),
        )


@dataclass(slots=True)
class Order:
    """Follow one stream: `seq` is the last run in order, `known` the newest one that was heard of."""

    stream: str = ""
    seq: int = 0
    known: int = 0
    _held: dict[int, Run] = field(default_factory=dict)

    @property
    def missing(self) -> bool:
        """Say whether a run is known to exist that has not arrived."""
        return self.known > self.seq

    def offer(self, run: Run) -> list[Run]:
        """Take a run in and return those that are due now; one that was seen before changes nothing."""
        if run.seq <= self.seq:
            return []
        self._held[run.seq] = run
        self.known = max(self.known, run.seq)
        return self._due()

    def hear_of(self, seq: int) -> None:
        """Learn that the stream has come as far as `seq`."""
        self.known = max(self.known, seq)

    def give_up(self) -> list[Run]:
        """Stop waiting for what is missing and return what was held for it, in order."""
        runs = [self._held[seq] for seq in sorted(self._held)]
        self._held.clear()
        self.seq = self.known
        return runs

    def restart(self, stream: str, seq: int) -> list[Run]:
        """Go on from what the database says and return the held runs that are due after it."""
        same = stream == self.stream
        self._held = {held: run for held, run in self._held.items() if same and held > seq}
        self.seq, self.known = (max(self.seq, seq), max(self.known, seq)) if same else (seq, seq)
        self.stream = stream
        return self._due()

    def _due(self) -> list[Run]:
        runs = []
        while run := self._held.pop(self.seq + 1, None):
            runs.append(run)
            self.seq += 1
        return runs
