"""freecurrencyapi.com: a bare map of rates that states neither base nor time."""

from datetime import date, datetime

from providers.adapters.base import Adapter, Ask, Auth, Body, Category, ProviderError, Request, Tick

_CATEGORIES = {401: Category.AUTH, 403: Category.PLAN, 404: Category.UNSUPPORTED, 422: Category.UNSUPPORTED,
               429: Category.QUOTA}  # fmt: skip


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
        if body.status >= 400:
            raise ProviderError(_CATEGORIES.get(body.status, Category.UNAVAILABLE), f"HTTP {body.status}")
        mids = body.json().get("data")
        if not isinstance(mids, dict) or not mids:
            raise ProviderError(Category.BAD_BODY, "no rates")
        day, first = next(iter(mids.items()))
        if isinstance(first, dict):
            return list(self.ticks("USD", first, received_at, date.fromisoformat(day)))
        return list(self.ticks("USD", mids, received_at, None))
