"""Say which pairs one connection wants. Pure: what is tracked comes in as an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Interest:
    """Name what is wanted: every tracked pair or none, more by name, fewer by name.

    Names are kept as they were asked for, so either direction of a pair may stand in `asked`. Connections
    with the same interest share their frames, hence it is hashable.
    """

    everything: bool = False
    asked: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    def add(self, names: Iterable[str]) -> Interest:
        """Want these as well."""
        wanted = frozenset(names)
        return replace(self, asked=self.asked | wanted, dropped=self.dropped - wanted)

    def drop(self, names: Iterable[str]) -> Interest:
        """Want these no longer."""
        unwanted = frozenset(names)
        dropped = self.dropped | unwanted if self.everything else self.dropped
        return replace(self, asked=self.asked - unwanted, dropped=dropped)

    def names(self, tracked: Iterable[str]) -> tuple[str, ...]:
        """List what is wanted of the tracked pairs, in symbol order."""
        whole = frozenset(tracked) - self.dropped if self.everything else frozenset()
        return tuple(sorted(whole | self.asked))
