"""Read the rows of Polygon: quotes, snapshots and bars, whatever their parts are called."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters._reading import first, mapping, objects, unix
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Body, Tick

_WELL = {"connected", "auth_success", "success"}


class Rows(Adapter):
    """Make ticks of rows; a bar has a close and no sides, and states when it begins or ends.

    Source: https://massive.com/docs/websocket/forex/quotes
    """

    stream_url = "wss://socket.massive.com/forex"

    def greetings(self, ask: Ask) -> list[str]:
        """Log in with the key, then subscribe to the quotes of the pairs."""
        quotes = ",".join(f"C.{base}/{quote}" for base, quote in dollar_pairs(ask))
        steps = {"auth": "{key}", "subscribe": quotes}
        return (
            [json.dumps({"action": step, "params": told}) for step, told in steps.items()] if quotes else []
        )

    def admits(self, text: str) -> bool:
        """Say whether the key was accepted; older servers call it a success with a word on it."""
        events = Body(200, text.encode()).json_list()
        return any(e.get("status") == "auth_success" or e.get("message") == "authenticated" for e in events)

    def rows(self, body: Body, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """List the rows of an answer, each beside what it and its address say of all."""
        asked = {"ticker": body.request.path.rpartition("/")[2]} if body.request else {}
        alone = answer.get("ticker")
        stated = [alone] if isinstance(alone, dict) else first(answer, "tickers", "results", "ticks")
        return [asked | answer | row for row in objects(stated or [answer])]

    def row(self, row: dict[str, Any], received_at: datetime) -> Tick | None:
        """Read one row, beside what the answer says of all. None for one without a time."""
        stated = mapping(first(row, "lastQuote", "last") or row)
        stamp = first(stated, "t", "timestamp", "participant_timestamp")
        if stamp is None:
            return None
        bid, ask = first(stated, "b", "bid", "bid_price"), first(stated, "a", "ask", "ask_price")
        sides = {"bid": bid, "ask": ask, "mid": stated.get("c")}
        pair, as_of = pair_of(first(row, "T", "p", "symbol", "ticker")), unix(stamp)
        return self.tick(*pair, sides, received_at, as_of.date() if "c" in stated else as_of)

    def parse_frame(self, text: str, received_at: datetime) -> list[Tick]:
        """Read the quotes among the events; the others tell of connection and subscription."""
        body = Body(200, text.encode())
        events = body.json_list()
        for event in events:
            if event.get("ev") == "status" and str(event.get("status")) not in _WELL:
                raise refusal(body, event.get("message"))
        found = (self.row(event, received_at) for event in events if event.get("ev") == "C")
        return [tick for tick in found if tick]
