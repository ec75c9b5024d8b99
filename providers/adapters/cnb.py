"""The Czech National Bank's fixing: koruna per 1, 100 or 1000 units, keyless."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, comma, day, objects, present


class Source(Adapter):
    """Read the service's JSON or the site's text; a closed day is answered with the list before it.

    Source: https://api.cnb.cz/cnbapi/swagger-ui.html
    """

    name = "Czech National Bank"
    home = "https://www.cnb.cz/en/financial-markets/foreign-exchange-market/"
    base_url = "https://api.cnb.cz/cnbapi/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force, now or on a day."""
        dated = {"date": ask.on.isoformat()} if ask.on else {}
        return Request("exrates/daily", {"lang": "EN"} | dated)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the list and the day for which it is valid."""
        if body.failed:
            raise refusal(body, "description")
        rows = _rows(body) if body.content.lstrip().startswith(b"{") else _lines(body)
        return present(self.tick(c, "CZK", rate, received_at, on, per=units) for on, units, c, rate in rows)


def _rows(body: Body) -> Iterator[tuple[date, object, object, object]]:
    for row in objects(body.json().get("rates")):
        yield day(row.get("validFor")), row.get("amount"), row.get("currencyCode"), row.get("rate")


def _lines(body: Body) -> Iterator[tuple[date, object, object, object]]:
    heading, *rows = body.rows("|") or [[""]]
    stated = heading[0].partition(" #")[0]
    on = day(stated, "%d.%m.%Y" if "." in stated else "%d %b %Y")
    yield from ((on, row[2], row[3], comma(row[4])) for row in rows if len(row) == 5)
