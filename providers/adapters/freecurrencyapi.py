"""freecurrencyapi.com: a bare map of rates that states neither base nor time."""

from datetime import datetime

from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, day


class Source(Adapter):
    """Read `latest`, always asked with base USD because the answer does not repeat it.

    Source: https://freecurrencyapi.com/docs/latest
    """

    name = "freecurrencyapi"
    home = "https://freecurrencyapi.com"
    base_url = "https://api.freecurrencyapi.com/v1/"
    auth = Auth("header", "apikey")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every currency it has: one unknown name would refuse the whole list."""
        if ask.on:
            return Request("historical", {"base_currency": "USD", "date": ask.on.isoformat()})
        return Request("latest", {"base_currency": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read `data`, flat for the newest rates and nested under its day for history."""
        answer = body.json()
        if body.failed:
            raise body.failure(answer.get("message", ""))
        mids = answer.get("data")
        if isinstance(mids, dict) and mids:
            stated, nested = next(iter(mids.items()))
            if isinstance(nested, dict):
                return self.ticks("USD", nested, received_at, day(stated))
        return self.ticks("USD", mids, received_at, None)
