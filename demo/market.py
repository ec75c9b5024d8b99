"""Run the demo market: `python -m demo.market --host 127.0.0.1 --port 8100 [--seed N]`."""

import argparse
import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import uvicorn

from demo.app import MarketApp
from demo.exchange import Exchange, build_exchange
from demo.levels import MissingLevels, installed_ecb_file
from demo.vendors.keys import KEYS

__all__ = ["KEYS", "main"]

GRACE_S = 0.3
MARK = ("X-Demo-Market", "simulated")
MAX_PORT = 65_535
log = logging.getLogger("demo.market")


class MarketServer(uvicorn.Server):
    """Stop within GRACE_S, whatever hangs."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        config = uvicorn.Config(
            MarketApp(exchange),
            access_log=False,
            headers=[MARK],
            # Unlike httptools, h11 bounds the head of a request.
            http="h11",
            lifespan="off",
            log_config=None,
            loop="asyncio",
            server_header=False,
            ws="none",
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say where."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        where = f"[{host}]" if ":" in host else host
        feed, history = self.exchange.feed, self.exchange.history
        log.info(
            "ready on http://%s:%d seed=%d currencies=%d simulated_from=%s",
            where,
            port,
            feed.seed,
            len(feed.listings),
            history.simulated_from,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Release every request that a fault holds, then leave clients that do not read behind."""
        self.exchange.closing.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(super().shutdown(sockets), GRACE_S)
        log.info("stopped")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # uvicorn raises the signal again once it has stopped; a market that was told to stop has not failed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        exchange = build_exchange(options.seed, installed_ecb_file(), time.time)
        listening = _listen(options.host, options.port)
    except (MissingLevels, OSError) as error:
        log.critical("cannot start: %s", error)
        return 1
    MarketServer(exchange).run([listening])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.market", description="Run a simulated FX market.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8100, help="0 for any free one")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be from 0 to {MAX_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
