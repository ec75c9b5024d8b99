"""Run the real server in a process of its own, on a socket that already listens, and speak with it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from websockets.sync.client import ClientConnection, connect

from fxengine.serve import listen

PATIENCE_S = 10


class Web:
    """One web process on the test's database; connections wait until it is ready to take them."""

    def __init__(self, folder: Path, change: str = "", **environment: str) -> None:
        """Start it; `environment` overrides variables, and a control's `change` runs in it first."""
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        self.log = folder / f"web-{self.port}.log"
        database = urlsplit(os.environ["DATABASE_URL"])
        name = connection.settings_dict["NAME"]
        env = os.environ | {"DATABASE_URL": database._replace(path=f"/{name}").geturl()} | environment
        program = (
            ["-c", f"{change}; from fxengine.serve import main; main()"]
            if change
            else ["-m", "fxengine.serve"]
        )
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program, "--fd", str(listener.fileno())],
                pass_fds=[listener.fileno()],
                env=env,
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
            )
        listener.close()

    def __enter__(self) -> Self:
        """Use it for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> int:
        """End it as an operator does and return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()

    @contextmanager
    def connect(self, query: str = "", **options: Any) -> Iterator[Client]:
        """Open a stream for the length of a block."""
        url = f"ws://127.0.0.1:{self.port}/api/v1/ws/rates{query}"
        with connect(url, open_timeout=PATIENCE_S, proxy=None, **options) as connection:
            yield Client(connection)

    def socket(self, **options: int) -> socket.socket:
        """Open a stream by hand and read no more than the handshake's first bytes."""
        raw = socket.socket()
        for name, setting in options.items():
            raw.setsockopt(socket.SOL_SOCKET, getattr(socket, name), setting)
        raw.settimeout(PATIENCE_S)
        raw.connect(("127.0.0.1", self.port))
        raw.sendall(
            b"GET /api/v1/ws/rates HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert raw.recv(12) == b"HTTP/1.1 101"
        return raw


class Client:
    """Speak the protocol and remember every frame."""

    def __init__(self, connection: ClientConnection) -> None:
        """Speak over an open connection."""
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    def next(self, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for the next frame. Raises: TimeoutError."""
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout))
        self.seen.append(frame)
        return frame

    def until(
        self, found: Callable[[dict[str, Any]], object], patience: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Wait for a frame of a kind, reading over others. Raises: TimeoutError."""
        deadline = time.monotonic() + patience
        while not found(frame := self.next(max(0.0, deadline - time.monotonic()))):
            pass
        return frame

    def until_type(self, kind: str) -> dict[str, Any]:
        """Wait for a frame of a type."""
        return self.until(lambda frame: frame["type"] == kind)

    def until_price(self, symbol: str, mid: str, patience: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for the frame that says what a pair's price is."""
        return self.until(lambda frame: (symbol, mid) in told(frame), patience)

    def say(self, **frame: Any) -> None:
        """Send a command."""
        self.connection.send(json.dumps(frame))

    def told(self) -> Iterator[tuple[str, str]]:
        """List every symbol and mid that came, in order."""
        for frame in self.seen:
            yield from told(frame)


def told(frame: dict[str, Any]) -> list[tuple[str, str]]:
    """List the symbols and mids of a frame."""
    return [(price["symbol"], price["mid"]) for price in frame.get("rates", [])]
