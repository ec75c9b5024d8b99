"""The Riksbank's mid rates by its SWEA service: kronor per one unit, keyless."""

import re
from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, present

# The krona's own series, SEKETT, is none of these.
_SERIES = re.compile("SEK([A-Z]{3})PMI")


class Source(Adapter):
    """Read observations; those of a single series do not name it, so the address asked does.

    Source: https://developer.api.riksbank.se/api-details#api=swea-api
    """

    name = "Sveriges Riksbank"
    home = "https://www.riksbank.se/en-gb/statistics/interest-rates-and-exchange-rates/"
    base_url = "https://api.riksbank.se/swea/v1/"
    keyless = daily = historical = True
    # Without a key it answers some five calls a minute, of all who share an address.
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the group of all currencies at once."""
        if ask.on:
            return Request(f"Observations/ByGroup/130/{ask.on.isoformat()}/{ask.on.isoformat()}")
        return Request("Observations/Latest/ByGroup/130")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the currency from each series' name."""
        if body.failed:
            raise refusal(body, retry_after=timedelta(minutes=1))
        asked = body.request.path if body.request else ""
        return present(
            self.tick(name[1], "SEK", row.get("value"), received_at, day(row.get("date")))
            for row in body.records()
            if (name := _SERIES.search(str(row.get("seriesId") or asked)))
        )
