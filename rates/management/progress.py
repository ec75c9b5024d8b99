"""Show how far a command is: a bar on a terminal, a line every tenth elsewhere."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

_WIDTH = 30


class Progress:
    """Count up to `total`, and show it."""

    def __init__(self, output: OutputWrapper, total: int) -> None:
        self._output, self._total = output, total
        self._done, self._shown = 0, 0

    def advance(self, by: int, note: str = "") -> None:
        """Count further, and show it if that is a tenth more."""
        self._done += by
        text = f"{self._done:,} of {self._total:,} {note}".rstrip()
        if self._output.isatty():
            ending = "\n" if self._done >= self._total else ""
            self._output.write(f"\r[{self._bar()}] {text}", style_func=str, ending=ending)
        elif self._tenths() > self._shown:
            self._output.write(text, style_func=str)
        self._shown = self._tenths()

    def _tenths(self) -> int:
        return 10 * self._done // self._total

    def _bar(self) -> str:
        return ("#" * (_WIDTH * self._done // self._total)).ljust(_WIDTH, ".")
