"""Coinbase exchange rates: currencies and coins in one map without a time, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal, said_first
from providers.adapters.base import Adapter, Ask, Body, Category, Request, Tick, mapping

_CATEGORIES = {"invalid_request": Category.UNSUPPORTED, "rate_limit_exceeded": Category.QUOTA}


class Source(Adapter):
    """Read `exchange-rates` against the dollar; a rate of "0" stands for none.

    Source: https://docs.cdp.coinbase.com/coinbase-app/track-apis/exchange-rates
    """

    name = "Coinbase"
    home = "https://www.coinbase.com"
    base_url = "https://api.coinbase.com/v2/"
    keyless = True
    min_interval = timedelta(seconds=10)

    def request(self, ask: Ask) -> Request:
        """Ask for the whole table of the dollar; it has no filter."""
        return Request("exchange-rates", {"currency": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the table, or the errors in its place."""
        if body.failed:
            raise refusal(body, "errors")
        answer = body.json()
        if errors := answer.get("errors"):
            word = said_first(errors, "id")
            raise body.failure(word, _CATEGORIES.get(word, Category.UNAVAILABLE))
        table = mapping(answer.get("data"))
        return self.ticks(table.get("currency"), table.get("rates"), received_at, None)
