"""The Central Bank of Uzbekistan's rates: sums per so many units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day


class Source(Bank):
    """Read the list in force; the units of a currency changed over the years.

    Source: https://cbu.uz/en/arkhiv-kursov-valyut/veb-masteram/
    """

    name = "Central Bank of Uzbekistan"
    home = "https://cbu.uz/en/arkhiv-kursov-valyut/"
    base_url = "https://cbu.uz/en/arkhiv-kursov-valyut/json/"

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force, now or on a day."""
        return Request(f"all/{ask.on.isoformat()}/" if ask.on else "")

    def read(self, body: Body) -> Iterator[Row]:
        """Read rows, dated each."""
        for row in body.records():
            on = day(row.get("Date"), "%d.%m.%Y")
            yield Row(row.get("Ccy"), "UZS", row.get("Rate"), on, row.get("Nominal"))
