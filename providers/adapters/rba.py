"""The Reserve Bank of Australia's 4 pm rates: units per one Australian dollar, keyless."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day

_DAY = re.compile(r"\d\d?-[A-Za-z]{3}-\d{4}")
# The trade-weighted index stands among the currencies under this code.
_INDEX = "XXX"


class Source(Bank):
    """Read the feed of the newest day, or table F11.1, all days since 2023.

    Source: https://www.rba.gov.au/statistics/frequency/exchange-rates.html
    """

    name = "Reserve Bank of Australia"
    home = "https://www.rba.gov.au/statistics/frequency/exchange-rates.html"
    base_url = "https://www.rba.gov.au/"

    def request(self, ask: Ask) -> Request:
        """Ask for the feed; a day is in the table."""
        return Request("statistics/tables/csv/f11.1-data.csv" if ask.on else "rss/rss-cb-exchange-rates.xml")

    def read(self, body: Body) -> Iterator[Row]:
        """Read base and target; the unit of an observation contradicts them, and the title bears them out."""
        if not body.content.lstrip().startswith(b"<"):
            yield from _table(body)
            return
        for rate in body.xml().iterfind(".//{*}exchangeRate"):
            names = ("{*}baseCurrency", "{*}targetCurrency", ".//{*}value", ".//{*}period")
            base, quote, stated, on = (rate.findtext(name) for name in names)
            if quote != _INDEX:
                yield Row(base, quote, stated, day(on))


def _table(body: Body) -> Iterator[Row]:
    rows = body.rows(encoding="latin-1")
    quotes = next((row for row in rows if row[0] == "Units"), [])
    for row in (row for row in rows if _DAY.fullmatch(row[0])):
        cells = [(quote, cell) for quote, cell in zip(quotes, row, strict=False) if cell[:1].isdigit()]
        yield from (Row("AUD", quote, cell, day(row[0], "%d-%b-%Y")) for quote, cell in cells[1:])
