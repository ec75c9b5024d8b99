"""The Central Bank of Türkiye's indicative rates: bid and ask in lira per 1 or 100 units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day

_NEW_LIRA_YEAR = 2005


class Source(Bank):
    """Read transfers, not banknotes; a holiday is answered with 404.

    Source: https://www.tcmb.gov.tr/kurlar/today.xml
    """

    name = "Central Bank of the Republic of Türkiye"
    home = "https://www.tcmb.gov.tr/"
    base_url = "https://www.tcmb.gov.tr/kurlar/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or for the file of a day."""
        return Request(f"{ask.on:%Y%m}/{ask.on:%d%m%Y}.xml" if ask.on else "today.xml")

    def read(self, body: Body) -> Iterator[Row]:
        """Read the Turkish date: the English one beside it has the month first."""
        root = body.xml()
        on = day(root.get("Tarih"), "%d.%m.%Y")
        money = "TRY" if on.year >= _NEW_LIRA_YEAR else "TRL"
        for row in root.iterfind("Currency"):
            sides = {"bid": row.findtext("ForexBuying"), "ask": row.findtext("ForexSelling")}
            yield Row(row.get("CurrencyCode"), money, sides, on, row.findtext("Unit"))
