"""Read the rows of OANDA's trading API: price ladders and candles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from providers.adapters._pairs import pair_of
from providers.adapters.base import Adapter, Tick, mapping, moment, objects

# What its accounts trade against the dollar; one other name in a list refuses the whole list.
_MAJORS = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "USD"}
_MINORS = {"CNH", "CZK", "DKK", "HKD", "HUF", "MXN", "NOK", "PLN", "SEK", "SGD", "THB", "TRY", "ZAR"}
TRADED = _MAJORS | _MINORS


class Trading(Adapter):
    """Make ticks of prices and candles."""

    def price(self, row: dict[str, Any], received_at: datetime) -> Tick | None:
        """Take the best price of both ladders. None where there is none."""
        tops = {side: objects(row.get(f"{side}s") or [{}])[0].get("price") for side in ("bid", "ask")}
        return self.tick(*pair_of(row.get("instrument")), tops, received_at, moment(row.get("time")))

    def candle(self, row: dict[str, Any], received_at: datetime) -> Tick | None:
        """Take the closes; a candle states when it opens, so those of a day have no more than the day."""
        closes = {side: mapping(row.get(side, {})).get("c") for side in ("bid", "ask", "mid")}
        opened, long = moment(row.get("time")), row.get("granularity") in ("D", "W", "M")
        return self.tick(
            *pair_of(row.get("instrument")), closes, received_at, opened.date() if long else opened
        )
