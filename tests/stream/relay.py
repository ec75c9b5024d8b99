"""Stand between a server and an engine, and lose their connections without a word."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65536


class Line:
    """One relayed connection: what was asked over it, and whether it is dark."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        """Pass bytes on in both directions from now on."""
        self.ends = (near, far)
        self.asked = b""
        self.dark = threading.Event()
        for source, sink in (self.ends, self.ends[::-1]):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while received := source.recv(CHUNK):
                if source is self.ends[0]:
                    self.asked = (self.asked + received)[-CHUNK:]
                if not self.dark.is_set():
                    sink.sendall(received)
            if not self.dark.is_set():
                sink.shutdown(socket.SHUT_WR)


class Relay:
    """Pass connections on; those that are lost stay open and carry nothing any more."""

    def __init__(self, url: str) -> None:
        """Listen on a port of its own for whoever wants to reach `url`."""
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: list[Line] = []
        port = self._listener.getsockname()[1]
        credentials = target.netloc.rpartition("@")[0]
        self.url = target._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Relay for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cut everything."""
        for each in [self._listener, *(end for line in self._lines for end in line.ends)]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def lose(self, asked: bytes) -> int:
        """Let every line go dark on which something was asked for, and count them; new ones are good."""
        lost = [line for line in self._lines if asked in line.asked and not line.dark.is_set()]
        for line in lost:
            line.dark.set()
        return len(lost)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._lines.append(Line(near, socket.create_connection(self._target)))
