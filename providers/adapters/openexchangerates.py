"""Open Exchange Rates: dollar-based rates with proper statuses and an app id."""

from datetime import datetime

from providers.adapters.base import (
    Adapter,
    Ask,
    Auth,
    Body,
    Category,
    ProviderError,
    Request,
    Tick,
    from_unix,
)

_CATEGORIES = {401: Category.AUTH, 403: Category.PLAN, 429: Category.QUOTA, 400: Category.UNSUPPORTED}


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
        if answer.get("error") or body.status >= 400:
            category = _CATEGORIES.get(body.status, Category.UNAVAILABLE)
            raise ProviderError(category, f"{body.status} {answer.get('message', 'error')}")
        if not isinstance(answer.get("rates"), dict) or "timestamp" not in answer:
            raise ProviderError(Category.BAD_BODY, "no rates or no timestamp")
        as_of = from_unix(answer["timestamp"])
        return list(self.ticks(str(answer.get("base", "")), answer["rates"], received_at, as_of))
