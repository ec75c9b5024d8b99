"""Render each price once for all the frames it appears in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from rates.board import Board
from rates.serializers import price_object, standing
from streaming import frames


def flip(name: str) -> str:
    """Name the other direction of a pair."""
    base, _, quote = name.partition("/")
    return f"{quote}/{base}"


class Rendering:
    """Keep the text of prices by the name they were asked for, until the price or its standing changes."""

    def __init__(self, board: Board, environment: str, now: Callable[[], datetime]) -> None:
        """Render what is on the board; every price says which environment it is from."""
        self._board = board
        self._environment = environment
        self._now = now
        self._texts: dict[str, str] = {}
        self._standings: dict[str, tuple[str, str]] = {}

    def texts(self, names: Iterable[str]) -> list[str]:
        """Render the named prices in the order given; one without a price yet is left out."""
        return [text for name in names if (text := self._texts.get(name) or self._render(name))]

    def renew(self, symbols: Iterable[str]) -> None:
        """Forget the texts and standings of pairs whose price changed."""
        for symbol in symbols:
            self._standings.pop(symbol, None)
            self._texts.pop(symbol, None)
            self._texts.pop(flip(symbol), None)

    def regrade(self) -> set[str]:
        """Find the pairs that turned stale or whose market closed since the last time; forget their texts."""
        now = self._now()
        known = {price.symbol: standing(price, now, self._environment) for price in self._board.all()}
        changed = {symbol for symbol, found in known.items() if self._standings.get(symbol, found) != found}
        self.renew(changed)
        self._standings = known
        return changed

    def stale(self, names: Sequence[str]) -> list[str]:
        """List the named pairs that were stale or expired at the last grading."""
        return [name for name in names if self._grade(name) in ("stale", "expired")]

    def _grade(self, name: str) -> str | None:
        found = self._standings.get(name) or self._standings.get(flip(name))
        return found and found[0]

    def _render(self, name: str) -> str | None:
        price = self._board.get(*name.split("/"))
        if price is None:
            return None
        text = frames.write(price_object(price, self._now(), self._environment))
        self._texts[name] = text
        return text
