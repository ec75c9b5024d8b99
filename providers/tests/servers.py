"""Run vendors on loopback: the demo market in a process of its own, and one that follows a test's script."""

from __future__ import annotations

import gzip
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
    method: str = "GET"
    content: bytes = b""


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
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                vendor.heard.append(Heard(self.path, dict(self.headers), self.command, content))
                reply = vendor.script(vendor.heard[-1])
                self.send_response(reply.status)
                for name, text in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(reply.body)

            def do_POST(self) -> None:
                self.do_GET()

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


class Wire:
    """A vendor on threads of this process that does with each connection what `script` tells, byte by byte.

    The script is called when a request's head has come in; what it has not sent when it ends never comes.
    """

    def __init__(self, script: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self.heads: list[bytes] = []
        self._script, self._tls = script, tls
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                # Whoever hangs up on a vendor that misbehaves is right.
                with suppress(OSError):
                    line = (
                        wire._tls.wrap_socket(self.request, server_side=True) if wire._tls else self.request
                    )
                    head = b""
                    while b"\r\n\r\n" not in head:
                        if not (came := line.recv(4096)):
                            return
                        head += came
                    wire.heads.append(head)
                    wire._script(line)

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def saying(head: bytes, body: bytes = b"") -> Callable[[socket.socket], None]:
    """Script an answer that is sent whole."""
    return lambda line: line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def dripping(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Script an answer that begins and then comes a drop at a time, for as long as anybody listens."""

    def script(line: socket.socket) -> None:
        line.sendall(head)
        pause = Event()
        while not pause.wait(0.02):
            line.sendall(drop)

    return script


def hanging(line: socket.socket) -> None:
    """Say nothing until the other side goes."""
    line.recv(1)


def pouring(mebibytes: int) -> Callable[[socket.socket], None]:
    """Script a body of so many mebibytes."""

    def script(line: socket.socket) -> None:
        line.sendall(OK + b"Content-Length: %d\r\n\r\n" % (mebibytes << 20))
        for _ in range(mebibytes):
            line.sendall(b" " * (1 << 20))

    return script


def gzip_bomb(mebibytes: int) -> bytes:
    """Make a small gzip that unpacks to so many mebibytes; its end is missing, nobody should get there."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * mebibytes


def certified(folder: Path, *names: str) -> ssl.SSLContext:
    """Make a certificate that nobody has signed but its own key, and a server's context with it.

    The certificate is left in `folder` as cert.pem.
    """
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
