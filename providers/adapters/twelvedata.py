"""Twelve Data: one pair a call; errors carry their status in the body, often under HTTP 200."""

from datetime import date, datetime, timedelta
from typing import Any

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters._reading import day, first, instant, mapping, objects
from providers.adapters.base import Adapter, Ask, Auth, Body, Category, Request, Tick, present


class Source(Adapter):
    """Read `exchange_rate`; `quote`, `price` and `time_series` have the same parts under other names.

    Source: https://twelvedata.com/docs#exchange-rate
    """

    name = "Twelve Data"
    home = "https://twelvedata.com"
    base_url = "https://api.twelvedata.com/"
    auth = Auth("header", "Authorization", "apikey {key}")
    historical = True

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for every pair by itself: a list of them costs as many credits."""
        on = {"date": ask.on.isoformat()} if ask.on else {}
        return [Request("exchange_rate", {"symbol": "/".join(pair)} | on) for pair in dollar_pairs(ask)]

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the pair of the answer, or of the request where the answer is a bare price."""
        answer = body.json()
        if body.failed or answer.get("status") == "error":
            code, said = str(answer.get("code", body.status)), str(answer.get("message", ""))
            refused = Category.UNSUPPORTED if code == "414" else body.category(code)
            raise body.failure(said, refused, timedelta(minutes=1) if "minute" in said else None)
        pair = pair_of(mapping(answer.get("meta", answer)).get("symbol", body.asked.get("symbol")))
        rows = objects(answer.get("values", [answer]))
        mids = [row | {"mid": first(row, "rate", "close", "price")} for row in rows]
        return present(self.tick(*pair, row, received_at, _as_of(row)) for row in mids)


def _as_of(row: dict[str, Any]) -> datetime | date | None:
    if "timestamp" in row:
        return instant(row["timestamp"])
    return day(str(row["datetime"])[:10]) if "datetime" in row else None
