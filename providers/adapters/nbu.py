"""The National Bank of Ukraine's official rates: hryvnias per unit, keyless."""

from collections.abc import Iterator
from typing import Any

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Category, Request, day


class Source(Bank):
    """Read XML or JSON; the day is the one on which a rate takes effect, and may be tomorrow.

    Source: https://bank.gov.ua/en/open-data/api-dev
    """

    name = "National Bank of Ukraine"
    home = "https://bank.gov.ua/en/markets/exchangerates"
    base_url = "https://bank.gov.ua/"

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force, now or on a day."""
        dated = {"date": f"{ask.on:%Y%m%d}"} if ask.on else {}
        return Request("NBUStatService/v1/statdirectory/exchange", dated)

    def read(self, body: Body) -> Iterator[Row]:
        """Read rows; a period's have units, and the rate of one of them; an error is a row of its own."""
        for row in _rows(body):
            if said := row.get("message") or row.get("error"):
                raise body.failure(str(said)[:120], Category.UNSUPPORTED)
            on = day(row.get("exchangedate"), "%d.%m.%Y")
            if row.get("rate_per_unit"):
                yield Row(row.get("cc"), "UAH", row["rate_per_unit"], on)
            else:
                yield Row(row.get("cc"), "UAH", row.get("rate"), on, row.get("units") or 1)


def _rows(body: Body) -> list[dict[str, Any]]:
    if body.content.lstrip().startswith((b"[", b"{")):
        return body.records()
    return [{part.tag: part.text for part in row} for row in body.xml()]
