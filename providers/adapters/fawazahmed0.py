"""fawazahmed0's currency-api: a file a day on a content network, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day


class Source(Adapter):
    """Read codes in lower case, with coins and dead currencies among them; the base is the map's own name.

    Source: https://github.com/fawazahmed0/exchange-api
    """

    name = "fawazahmed0 currency-api"
    home = "https://github.com/fawazahmed0/exchange-api"
    base_url = "https://cdn.jsdelivr.net/npm/"
    keyless = daily = historical = True
    min_interval = timedelta(hours=1)

    def request(self, ask: Ask) -> Request:
        """Ask for the file of the dollar, the newest or a day's; some days have none."""
        version = ask.on.isoformat() if ask.on else "latest"
        return Request(f"@fawazahmed0/currency-api@{version}/v1/currencies/usd.json")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the one map beside the date."""
        if body.failed:
            raise refusal(body)
        answer = body.json()
        base, mids = next(
            ((name, found) for name, found in answer.items() if isinstance(found, dict)), ("", {})
        )
        if body.request and not body.request.path.rpartition("/")[2].startswith(f"{base}."):
            raise body.failure(f"{base} was not asked for")
        rates = {quote.upper(): rate for quote, rate in mids.items()}
        return self.ticks(base.upper(), rates, received_at, day(answer.get("date")))
