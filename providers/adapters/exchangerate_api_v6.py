"""ExchangeRate-API v6: dollar-based rates with the key in the path."""

from datetime import datetime

from providers.adapters.base import Adapter, Ask, Auth, Body, Category, Request, Tick, day, instant

_CATEGORIES = {
    "invalid-key": Category.AUTH,
    "inactive-account": Category.AUTH,
    "quota-reached": Category.QUOTA,
    "plan-upgrade-required": Category.PLAN,
}


class Source(Adapter):
    """Read `latest`, `history` and `pair`.

    Source: https://www.exchangerate-api.com/docs/standard-requests
    """

    name = "ExchangeRate-API"
    home = "https://www.exchangerate-api.com"
    base_url = "https://v6.exchangerate-api.com/v6/"
    auth = Auth("path")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask in dollars; a day of history is written without leading zeros."""
        on = ask.on
        return Request(f"{{key}}/history/USD/{on.year}/{on.month}/{on.day}" if on else "{key}/latest/USD")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Trust `result`, not the status: errors come with 200, 403 and 404."""
        answer = body.json()
        if answer.get("result") != "success":
            word = str(answer.get("error-type", ""))
            refused = Category.UNSUPPORTED if word else None
            raise body.failure(word, _CATEGORIES.get(word) or refused)
        pair = {str(answer.get("target_code")): answer.get("conversion_rate")}
        mids = answer.get("conversion_rates", pair)
        stamp = answer.get("time_last_update_unix")
        on = "-".join(str(answer.get(part)) for part in ("year", "month", "day"))
        as_of = instant(stamp) if stamp else day(on, "%Y-%m-%d")
        return self.ticks(answer.get("base_code"), mids, received_at, as_of)
