"""open.er-api.com, the open access of ExchangeRate-API: once a day, any base, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Category, Request, Tick, instant

_CATEGORIES = {
    "unsupported-code": Category.UNSUPPORTED,
    "malformed-request": Category.UNSUPPORTED,
    "quota-reached": Category.QUOTA,
}
# Its own word for how long it stays closed to who asks too often.
_CLOSED_FOR = timedelta(minutes=20)


class Source(Adapter):
    """Read `latest`; errors come with any status, so `result` decides.

    Source: https://www.exchangerate-api.com/docs/free
    """

    name = "ExchangeRate-API open access"
    home = "https://www.exchangerate-api.com"
    base_url = "https://open.er-api.com/v6/"
    echoes = "exchangerate_api_v6"
    keyless = daily = True
    min_interval = timedelta(hours=1)

    def request(self, ask: Ask) -> Request:
        """Ask for every currency against the dollar; it has no filter."""
        return Request("latest/USD")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the rates of the stated base and second."""
        if body.status == 429:
            raise refusal(body, "error-type", _CLOSED_FOR)
        answer = body.json()
        if answer.get("result") != "success":
            word = str(answer.get("error-type", ""))
            raise body.failure(word, _CATEGORIES.get(word))
        as_of = instant(answer.get("time_last_update_unix"))
        return self.ticks(answer.get("base_code"), answer.get("rates"), received_at, as_of)
