"""Stand between a server and an engine, and lose their connections without a word."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65536


class Relay:
    """Pass bytes on; once dark, the connections of that time stay open and carry nothing any more."""

    def __init__(self, url: str) -> None:
        """Listen on a port of its own for whoever wants to reach `url`."""
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        credentials = target.netloc.rpartition("@")[0]
        self.url = target._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()
        self._dark = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Relay for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cut everything."""
        for each in [self._listener, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def lose(self) -> int:
        """Let every open connection go silent, count them, and pass on those that come after."""
        lost, self._dark = self._dark, threading.Event()
        lost.set()
        return len(self._open) // 2

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink, self._dark), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, dark: threading.Event) -> None:
    with suppress(OSError):
        while received := source.recv(CHUNK):
            if not dark.is_set():
                sink.sendall(received)
        if not dark.is_set():
            sink.shutdown(socket.SHUT_WR)
