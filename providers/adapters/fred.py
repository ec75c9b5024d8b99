"""The Federal Reserve's H.10 noon rates by FRED: one series a pair, released weekly, with a free key."""

from datetime import datetime, timedelta

from providers.adapters._fred import pair_of, refusal, series_of
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, day, objects, present


class Source(Adapter):
    """Read the observations of a series; only the address asked names it. A day without a rate says ".".

    Source: https://fred.stlouisfed.org/docs/api/fred/series_observations.html
    """

    name = "Federal Reserve (FRED)"
    home = "https://fred.stlouisfed.org"
    base_url = "https://api.stlouisfed.org/fred/"
    auth = Auth("query", "api_key")
    daily = historical = True
    min_interval = timedelta(minutes=5)

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for the series of each wanted currency that has one: its last days, or a given day."""
        on = ask.on.isoformat() if ask.on else ""
        period = (
            {"observation_start": on, "observation_end": on} if on else {"sort_order": "desc", "limit": "5"}
        )
        series = (series_of(currency) for currency in sorted(ask.currencies))
        common = {"file_type": "json"} | period
        return [Request("series/observations", {"series_id": name} | common) for name in series if name]

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every day of the series that was asked."""
        answer = body.json()
        if body.failed:
            raise refusal(body, answer.get("error_message"))
        base, quote = pair_of(body.asked.get("series_id", ""))
        return present(
            self.tick(base, quote, row.get("value"), received_at, day(row.get("date")))
            for row in objects(answer.get("observations"))
        )
