"""Run vendors on loopback: the demo market in a process of its own, and one that follows a test's script."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import httpx

READY_WITHIN_S = 20
KEYS = {key: f"demo-key-{key}" for key in ("fixer", "openexchangerates", "freecurrencyapi")}


class Market:
    """The demo market."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "demo.market", "--port", "0", "--seed", "7"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], READY_WITHIN_S)[0], "the market did not start"
        line = self._process.stdout.readline()
        assert " ready on http://" in line, line
        self.url = line.split(" ready on ")[1].split(maxsplit=1)[0]
        self._client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def fault(self, vendor: str, kind: str, seconds: float | None = None) -> None:
        """Switch a vendor's fault."""
        order = {"vendor": vendor, "fault": kind} | ({} if seconds is None else {"seconds": seconds})
        self._client.post("/control/faults", json=order).raise_for_status()

    def requests(self, vendor: str) -> int:
        """Count the requests that a vendor has had so far."""
        status = self._client.get("/control/status").raise_for_status().json()
        return int(status["vendors"][vendor]["requests"])

    def stop(self) -> None:
        """Stop the process."""
        self._client.close()
        self._process.terminate()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class Reply:
    """What a scripted vendor answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Heard:
    """A request that a scripted vendor has had."""

    path: str
    headers: Mapping[str, str]


class Scripted:
    """A vendor on a thread of this process that answers what `script` makes of each request."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.script: Callable[[Heard], Reply] = lambda _: Reply(404)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vendor.heard.append(Heard(self.path, dict(self.headers)))
                reply = vendor.script(vendor.heard[-1])
                self.send_response(reply.status)
                for name, text in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing: the tests look at what is printed."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
