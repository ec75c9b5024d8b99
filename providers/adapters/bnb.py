"""The Bulgarian National Bank's fixing: home money per 1 to 10000 units, keyless."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Category, Request, day

_PARTS = {"CURR_DATE", "CODE", "RATIO", "RATE"}
_EURO_YEAR = 2026
_MONEY = re.compile(r"\(([A-Z]{3})\)")


class Source(Bank):
    """Read the XML of a day; its first row is headings, and they name the home money.

    Source: https://www.bnb.bg/Statistics/StExternalSector/StExchangeRates/StERForeignCurrencies/
    """

    name = "Bulgarian National Bank"
    home = "https://www.bnb.bg/"
    base_url = "https://www.bnb.bg/Statistics/StExternalSector/StExchangeRates/StERForeignCurrencies/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or fill in the form for a day."""
        if not ask.on:
            return Request("index.htm", {"download": "xml", "search": "", "lang": "BG"})
        on = {"firstDays": f"{ask.on:%d}", "firstMonths": f"{ask.on:%m}", "firstYear": f"{ask.on:%Y}"}
        form = {"downloadOper": "true", "group1": "first", "search": "true", "type": "XML"}
        return Request("index.htm", form | on)

    def read(self, body: Body) -> Iterator[Row]:
        """Read rows; a site in trouble answers a page, or rows without some of their parts."""
        if b"<ROWSET" not in body.content:
            raise body.failure("a page in place of the list", Category.UNAVAILABLE)
        rows = [{part.tag: part.text or "" for part in row} for row in body.xml().iterfind("ROW")]
        money = next((_MONEY.search(row.get("RATE", "")) for row in rows if row.get("GOLD") == "0"), None)
        for row in (row for row in rows if row.get("GOLD") != "0"):
            if missing := _PARTS - row.keys():
                raise body.failure(f"a row without {min(missing)}", Category.UNAVAILABLE)
            on = day(row["CURR_DATE"], "%d.%m.%Y")
            lev = "BGN" if on.year < _EURO_YEAR else None
            yield Row(row["CODE"], money[1] if money else lev, row["RATE"], on, row["RATIO"])
