"""Frankfurter v2: a blend of what some eighty central banks publish, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, present


class Source(Adapter):
    """Read a list of rates, each with its own day; a blend may be dated on a weekend, or tomorrow.

    Source: https://frankfurter.dev/
    """

    name = "Frankfurter v2"
    home = "https://frankfurter.dev"
    base_url = "https://api.frankfurter.dev/v2/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for every quote: one unknown currency, or parameter, would refuse the whole list."""
        dated = {"date": ask.on.isoformat()} if ask.on else {}
        return Request("rates", {"base": "USD"} | dated)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read each rate on its own."""
        if body.failed:
            raise refusal(body)
        return present(
            self.tick(row.get("base"), row.get("quote"), row.get("rate"), received_at, day(row.get("date")))
            for row in body.records()
        )
