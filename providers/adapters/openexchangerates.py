"""Open Exchange Rates: dollar-based rates with proper statuses and an app id."""

from collections.abc import Mapping
from datetime import datetime

from providers.adapters.base import Adapter, Ask, Auth, Body, Category, ProviderError, Request, Tick, instant


class Source(Adapter):
    """Read `latest.json`; with `show_bid_ask` each rate is a map of three sides.

    Source: https://docs.openexchangerates.org/reference/latest-json
    """

    name = "Open Exchange Rates"
    home = "https://openexchangerates.org"
    base_url = "https://openexchangerates.org/api/"
    auth = Auth("header", "Authorization", "Token {key}")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for the currencies against the dollar, the only base of the free plan."""
        path = f"historical/{ask.on.isoformat()}.json" if ask.on else "latest.json"
        return Request(path, {"symbols": ",".join(sorted(ask.currencies - {"USD"}))})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the rates, or the error object that stands in their place."""
        answer = body.json()
        if answer.get("error") or body.failed:
            raise _failure(body, answer)
        as_of = instant(answer.get("timestamp"))
        return self.ticks(answer.get("base"), answer.get("rates"), received_at, as_of)


def _failure(body: Body, answer: Mapping[str, object]) -> ProviderError:
    """Trust the word and the status inside the error object; a ban comes as 403 as well as 429."""
    word, status = answer.get("message", ""), answer.get("status")
    return body.failure(word, Category.QUOTA if word == "access_restricted" else body.category(status))
