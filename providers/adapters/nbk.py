"""The National Bank of Kazakhstan's official rates: tenge per 1 to 1000 units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day


class Source(Bank):
    """Read the feed of the newest list, or the list of a day; the yen has one significant digit.

    Source: https://nationalbank.kz/en/exchangerates/ezhednevnye-oficialnye-rynochnye-kursy-valyut
    """

    name = "National Bank of Kazakhstan"
    home = "https://nationalbank.kz/en/exchangerates/ezhednevnye-oficialnye-rynochnye-kursy-valyut"
    base_url = "https://nationalbank.kz/rss/"

    def request(self, ask: Ask) -> Request:
        """Ask for the feed, or for a day."""
        if ask.on:
            return Request("get_rates.cfm", {"fdate": f"{ask.on:%d.%m.%Y}"})
        return Request("rates_all.xml")

    def read(self, body: Body) -> Iterator[Row]:
        """Read items: those of the feed are dated each, those of a day together."""
        root = body.xml()
        for item in root.iter("item"):
            on = day(item.findtext("pubDate") or root.findtext("date"), "%d.%m.%Y")
            code, rate, units = (item.findtext(name) for name in ("title", "description", "quant"))
            yield Row((code or "").strip(), "KZT", rate, on, units)
