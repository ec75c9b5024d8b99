"""Stand between a browser and the house, so that to the browser the server can go away and come back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class Relay:
    """Pass bytes on to an address; while closed, connections are refused as by a stopped server."""

    def __init__(self, url: str) -> None:
        """Relay to the host and port of `url`; nothing listens before `open`."""
        target = urlsplit(url)
        self._target = (target.hostname or "127.0.0.1", target.port or 80)
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """Return the URL to give to the browser."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        """Listen for the length of a block."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self.close()

    def open(self) -> None:
        """Listen, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """Refuse new connections and cut those that are open."""
        if self._listener is not None:
            _end(self._listener)
        for connection in list(self._open):
            _end(connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=[source, sink], daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        self._open.add(source)
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        except OSError:
            pass
        finally:
            self._open.discard(source)
            _end(source)
            _end(sink)


def _end(connection: socket.socket) -> None:
    """Close a socket and wake whoever reads it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
