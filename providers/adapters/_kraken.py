"""Know Kraken's names of pairs and its words for errors."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from providers.adapters._keyless import said_first
from providers.adapters._pairs import dollar_pairs
from providers.adapters.base import Adapter, Ask, Body, Category, ProviderError, Tick, moment, objects

# Every pair of two currencies it trades, by the names it accepts in a request.
PAIRS = (
    "AUDJPY",
    "AUDUSD",
    "EURAUD",
    "EURCAD",
    "EURCHF",
    "EURGBP",
    "EURJPY",
    "EURUSD",
    "GBPUSD",
    "USDCAD",
    "USDCHF",
    "USDJPY",
)
_TOO_OFTEN = ("rate limit", "too many", "throttled", "lockout", "exceeded")
_WRONG = ("equery", "einvalid", "egeneral:invalid", "egeneral:unknown")


class Socket(Adapter):
    """Speak with its socket: a heartbeat every second, and a row whenever the best bid or ask moves.

    Source: https://docs.kraken.com/api/docs/websocket-v2/ticker
    """

    stream_url = "wss://ws.kraken.com/v2"
    silence = timedelta(seconds=5)

    def greetings(self, ask: Ask) -> list[str]:
        """Subscribe to the dollar pairs it has; left to itself it tells of trades, which are rare."""
        symbols = [f"{base}/{quote}" for base, quote in dollar_pairs(ask) if f"{base}{quote}" in PAIRS]
        wanted = {"channel": "ticker", "symbol": symbols, "event_trigger": "bbo", "snapshot": True}
        return [json.dumps({"method": "subscribe", "params": wanted, "req_id": 1})] if symbols else []

    def parse_frame(self, text: str, received_at: datetime) -> list[Tick]:
        """Read a frame of the socket; only those of the ticker, its snapshot and updates, have ticks."""
        named = ((pair_of(str(row.get("symbol"))), row) for row in ticker_rows(text))
        found = (self.tick(*pair, row, received_at, stamp_of(row)) for pair, row in named)
        return [tick for tick in found if tick]


def pair_of(name: str) -> tuple[str, str]:
    """Take a pair's name apart: `EUR/USD`, `EURGBP`, `ZEURZUSD`; no codes where it cannot be.

    Answers name older pairs after their assets; the letters X and Z set those off.
    """
    if "/" in name:
        base, _, quote = name.partition("/")
        return base, quote
    if len(name) == 8 and name[0] in "XZ" and name[4] in "XZ":
        return name[1:4], name[5:]
    return (name[:3], name[3:]) if len(name) == 6 else ("", "")


def sides_of(row: dict[str, object]) -> dict[str, object]:
    """Read the best bid and ask, each the first of price, whole lot volume and lot volume."""
    prices = {side: row.get(letter) for side, letter in (("bid", "b"), ("ask", "a"))}
    return {side: found[0] if isinstance(found, list) and found else None for side, found in prices.items()}


def ticker_rows(text: str) -> list[dict[str, object]]:
    """Read the rows of a frame of the socket's ticker; any other has none. Raises: ProviderError."""
    body = Body(200, text.encode())
    frame = body.json()
    if frame.get("success") is False:
        raise failure(body, frame.get("error"))
    return objects(frame.get("data")) if frame.get("channel") == "ticker" else []


def stamp_of(row: dict[str, object]) -> datetime | None:
    """Read when a socket's row was made. None in older frames."""
    return moment(row["timestamp"]) if row.get("timestamp") else None


def failure(body: Body, errors: object) -> ProviderError:
    """Map the first error, `E<class>:<words>`, of an answer or a frame without a result."""
    said = said_first(errors)
    if any(words in said.lower() for words in _TOO_OFTEN):
        return body.failure(said, Category.QUOTA)
    if said.lower().startswith(_WRONG) or "not supported" in said.lower():
        return body.failure(said, Category.UNSUPPORTED)
    return body.failure(said, Category.UNAVAILABLE if said else None)
