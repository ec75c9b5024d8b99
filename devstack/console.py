"""Print what the children say, each line with the name of who said it."""

import os
import sys
from typing import TextIO

WIDTH = 8
LONGEST_LINE = 65536
COLOURS = {"postgres": 34, "valkey": 35, "setup": 37, "market": 33, "web": 32, "worker": 36, "beat": 31}


class Console:
    """Where the log goes. A console that is gone swallows everything and says so."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to the stream; None means standard output."""
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty() and "NO_COLOR" not in os.environ
        self.broken = False

    def line(self, name: str, text: str) -> None:
        """Print one line of a child."""
        label = f"{name:<{WIDTH}} |"
        if self._colours:
            label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
        self.say(f"{label} {text}")

    def say(self, text: str) -> None:
        """Print a line of our own."""
        if self.broken:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            # The terminal or the pipe's reader is gone; nobody is left to tell.
            self.broken = True


class Lines:
    """Cut a child's bytes into lines."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    def feed(self, piece: bytes) -> list[str]:
        """Return the lines completed by this piece; an empty piece is the end and completes the last."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if self._rest and (not piece or len(self._rest) > LONGEST_LINE):
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in whole]
