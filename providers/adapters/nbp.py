"""The National Bank of Poland's table A: middle rates of business days, keyless."""

from datetime import datetime, timedelta
from typing import ClassVar

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, objects, present


class Source(Adapter):
    """Read zlotys per one unit, the forint's too; a closed day is answered with 404.

    Source: https://api.nbp.pl/en.html
    """

    name = "National Bank of Poland"
    home = "https://nbp.pl/en/statistic-and-financial-reporting/rates/"
    base_url = "https://api.nbp.pl/api/exchangerates/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)
    table: ClassVar[str] = "tables/A/"

    def request(self, ask: Ask) -> Request:
        """Ask for the whole table, of the newest business day or a given one."""
        return Request(f"{self.table}{ask.on.isoformat()}/" if ask.on else self.table, {"format": "json"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read tables of rates, or the table of one currency's days; a row is a mid, or bid and ask."""
        if body.failed:
            raise refusal(body)
        return present(
            self.tick(row.get("code"), "PLN", row, received_at, day(row.get("effectiveDate")))
            for table in body.records()
            for row in (table | stated for stated in objects(table.get("rates")))
        )
