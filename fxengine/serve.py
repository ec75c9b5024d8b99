"""Run the web server on a listening socket of our own: `python -m fxengine.serve --port 8000`.

Accepted connections inherit the socket's options, and those decide how a dead or deaf peer ends: without
TCP_USER_TIMEOUT uvicorn keeps such a peer for good, and its own stop hangs on it.
"""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Sequence

import structlog
import uvicorn

BACKLOG = 2048
PEER_TIMEOUT_MS = 10_000
UNSENT_LIMIT = 64 * 1024
MAX_FRAME_BYTES = 64 * 1024
# Not every system has every one of these.
TCP_OPTIONS = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 2,
    # Data, or a probe of a closed window, that stays unanswered this long ends the connection.
    "TCP_USER_TIMEOUT": PEER_TIMEOUT_MS,
    # The kernel takes no megabytes of old prices for a slow reader: they wait where newer ones replace them.
    "TCP_NOTSENT_LOWAT": UNSENT_LIMIT,
}

_log = structlog.get_logger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes a free one. Raises: OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    harden(listener)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def adopt(descriptor: int) -> socket.socket:
    """Take over a socket that already listens; what waits on it keeps the options it arrived with."""
    listener = socket.socket(fileno=descriptor)
    harden(listener)
    return listener


def harden(listener: socket.socket) -> None:
    """Set what every connection inherits that arrives from now on."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, setting in TCP_OPTIONS.items():
        if option := getattr(socket, name, None):
            listener.setsockopt(socket.IPPROTO_TCP, option, setting)


def server(app: str) -> uvicorn.Server:
    """Make the server: one stack for HTTP and WebSocket, no compression of frames, a bounded stop."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_ping_interval=10,
        ws_ping_timeout=10,
        ws_per_message_deflate=False,
        lifespan="on",
        timeout_graceful_shutdown=3,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
    )
    return uvicorn.Server(config)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="fxengine.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--fd", type=int, help="serve on a socket that is already listening")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fxengine.settings")
    listener = listen(options.host, options.port) if options.fd is None else adopt(options.fd)
    host, port = listener.getsockname()[:2]
    _log.info("web_listening", host=host, port=port)
    server("fxengine.asgi:application").run(sockets=[listener])


if __name__ == "__main__":
    main()
