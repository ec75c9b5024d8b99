"""Run a vendor's socket on loopback that says what a test has it say, and falls silent when told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

ACK = {
    "method": "subscribe",
    "req_id": 1,
    "result": {"channel": "ticker", "symbol": "EUR/USD"},
    "success": True,
}
HEARTBEAT = {"channel": "heartbeat"}
GARBAGE = (
    "", "null", "7", "[]", "[1]", "{", "<html>", "NaN", '{"channel":7}', '{"channel":"ticker"}',
    '{"channel":"ticker","data":"x"}', '{"channel":"ticker","data":[null,7,[]]}',
    '{"channel":"ticker","data":[{"symbol":"EUR/USD","bid":"x","ask":{}}]}',
    '{"channel":"ticker","data":[{"symbol":7,"bid":1,"ask":2}]}',
    '{"channel":"ticker","data":[{"symbol":"EUR/USD","bid":1e999999999,"ask":1}]}',
    '{"channel":"ticker","data":[{"symbol":"EUR/USD","bid":1,"ask":1,"timestamp":"yesterday"}]}',
    '{"success":false,"error":"Currency pair not supported X/Y"}', "[" * 5000,
)  # fmt: skip


class Exchange:
    """A socket server on a thread; `connections` are all there were, the newest last."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.heard: list[Any] = []
        self.beats = True
        self.refuses = False
        self.hello: Any = None
        self.reply: Callable[[Any], Any] = lambda _: ACK
        self._stopped = Event()
        self._server = serve(self._handle, "127.0.0.1", 0, ping_interval=None)
        self._threads = [Thread(target=self._server.serve_forever), Thread(target=self._beat)]
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/v2"

    def _handle(self, connection: ServerConnection) -> None:
        if self.refuses:
            return
        self.connections.append(connection)
        try:
            if self.hello:
                self.say(self.hello)
            for text in connection:
                self.heard.append(json.loads(text))
                self.say(self.reply(self.heard[-1]))
        except ConnectionClosed:
            return

    def _beat(self) -> None:
        while not self._stopped.wait(0.1):
            if self.beats and self.connections:
                self.say(HEARTBEAT)

    def say(self, frame: Any) -> None:
        """Send a frame on the newest connection: text and bytes as they are, the rest as JSON."""
        try:
            self.connections[-1].send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
        except ConnectionClosed:
            return

    def quote(self, symbol: str, bid: float, ask: float, **more: Any) -> None:
        """Send an update of the ticker."""
        row = {"symbol": symbol, "bid": bid, "bid_qty": 2.5, "ask": ask, "ask_qty": 1, "last": 0.5, **more}
        self.say({"channel": "ticker", "type": "update", "data": [row]})

    def cut(self) -> None:
        """End the newest connection without a word."""
        self.connections[-1].socket.shutdown(2)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for connection in self.connections:
            connection.close()
        self._server.shutdown()
        for thread in self._threads:
            thread.join(5)


class Massive(Exchange):
    """A socket that wants the key before it takes a subscription, and tells of what happens as events."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.beats, self.hello = False, status("connected", "Connected Successfully")
        steps = {"auth": key, "subscribe": "C.EUR/USD"}
        self.greetings = tuple(json.dumps({"action": step, "params": told}) for step, told in steps.items())
        self.reply = lambda said: (
            status("success", f"subscribed to: {said['params']}")
            if said["action"] == "subscribe"
            else status("auth_success", "authenticated")
            if said["params"] == key
            else status("auth_failed", f"authentication failed: {said['params']}")
        )

    def quotes(self, *rows: tuple[str, float, float], at: int) -> None:
        """Send quotes in one frame; `at` is a moment in milliseconds."""
        self.say([{"ev": "C", "p": p, "x": "44", "b": bid, "a": ask, "t": at} for p, bid, ask in rows])


def status(name: str, message: str) -> list[dict[str, str]]:
    """Write a status event of Massive's."""
    return [{"ev": "status", "status": name, "message": message}]
