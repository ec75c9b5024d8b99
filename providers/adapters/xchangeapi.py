"""xChangeAPI: dollar-based rates with Unix seconds; its outliers are the house's to find."""

from datetime import datetime

from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, first, instant


class Source(Adapter):
    """Read `latest` and `historical`.

    Source: https://xchangeapi.com/docs
    """

    name = "xChangeAPI"
    home = "https://xchangeapi.com"
    base_url = "https://api.xchangeapi.com/"
    auth = Auth("query", "api-key")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every currency against the dollar."""
        return Request(f"historical/{ask.on}" if ask.on else "latest", {"base": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the rates, each with the time of them all."""
        answer = body.json()
        if body.failed or "rates" not in answer:
            raise refusal(body, first(answer, "message", "error"))
        return self.ticks(answer.get("base"), answer["rates"], received_at, instant(answer.get("timestamp")))
