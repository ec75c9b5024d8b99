"""Polygon, now Massive: quotes with both sides, stamped in milliseconds or in nanoseconds."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs
from providers.adapters._polygon import Rows
from providers.adapters._words import refusal
from providers.adapters.base import Ask, Auth, Body, Request, Tick, first, present

_FINE = {"OK", "DELAYED", "SUCCESS"}


class Source(Rows):
    """Read the snapshot, a day's bars, last quotes, conversions (`symbol` may be the inverse), the socket.

    Source: https://polygon.io/docs/rest/forex/overview
    """

    name = "Polygon (Massive)"
    home = "https://polygon.io"
    base_url = "https://api.polygon.io/"
    auth = Auth("header", "Authorization", "Bearer {key}")
    historical = True
    streaming = True

    def request(self, ask: Ask) -> Request:
        """Ask for the quotes of the pairs, or for the bars of all pairs on a day."""
        if ask.on:
            return Request(f"v2/aggs/grouped/locale/global/market/fx/{ask.on}")
        tickers = ",".join(f"C:{base}{quote}" for base, quote in dollar_pairs(ask))
        return Request("v2/snapshot/locale/global/markets/forex/tickers", {"tickers": tickers})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every row by itself: their times differ by hours."""
        answer = body.json()
        if body.failed or str(answer.get("status")).upper() not in _FINE:
            raise refusal(body, first(answer, "error", "message"))
        return present(self.row(row, received_at) for row in self.rows(body, answer))
