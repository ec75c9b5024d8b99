"""AbstractAPI Exchange Rates: dollar-based rates with Unix seconds, or with a day."""

from datetime import datetime

from providers.adapters._reading import day, instant, mapping
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Category, Request, Tick

_CATEGORIES = {
    "unauthorized": Category.AUTH,
    "quota_reached": Category.QUOTA,
    "too_many_requests": Category.QUOTA,
}


class Source(Adapter):
    """Read `live` and `historical`.

    Source: https://docs.abstractapi.com/exchange-rates
    """

    name = "AbstractAPI"
    home = "https://www.abstractapi.com/api/exchange-rate-api"
    base_url = "https://exchange-rates.abstractapi.com/v1/"
    auth = Auth("query", "api_key")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every currency against the dollar."""
        if ask.on:
            return Request("historical/", {"base": "USD", "date": ask.on.isoformat()})
        return Request("live/", {"base": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Trust the code of an error before its words, and both before the status."""
        answer = body.json()
        if body.failed or "error" in answer:
            error = mapping(answer.get("error") or {})
            known = _CATEGORIES.get(str(error.get("code")))
            raise body.failure(error["code"], known) if known else refusal(body, error.get("message"))
        stamp = answer.get("last_updated")
        as_of = instant(stamp) if stamp else day(answer.get("date"))
        return self.ticks(answer.get("base"), answer.get("exchange_rates"), received_at, as_of)
