"""The National Bank of Georgia's official rates: lari per 1 to 1000 units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day, objects


class Source(Bank):
    """Read the list in force: its day may be before the one asked for.

    Source: https://nbg.gov.ge/en/monetary-policy/currency
    """

    name = "National Bank of Georgia"
    home = "https://nbg.gov.ge/en/monetary-policy/currency"
    base_url = "https://nbg.gov.ge/gw/api/ct/monetarypolicy/currencies/"

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force, now or on a day."""
        return Request("en/json/", {"date": ask.on.isoformat()} if ask.on else {})

    def read(self, body: Body) -> Iterator[Row]:
        """Take the day of the list: a row's own is the one of its fixing, the evening before."""
        for dated in body.records():
            on = day(str(dated.get("date"))[:10])
            for row in objects(dated.get("currencies")):
                yield Row(row.get("code"), "GEL", row.get("rate"), on, row.get("quantity"))
