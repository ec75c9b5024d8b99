"""Switzerland's customs rates: francs per 1 to 10000 units, selling rates, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day


class Source(Bank):
    """Read what customs charges by: some 1 % above the market's middle, so never to be mixed with others.

    Source: https://www.rates.bazg.admin.ch/home
    """

    name = "Swiss Federal Office for Customs"
    home = "https://www.rates.bazg.admin.ch/home"
    base_url = "https://www.backend-rates.bazg.admin.ch/api/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or for one of a day."""
        return Request("xmldaily", ({"d": f"{ask.on:%Y%m%d}"} if ask.on else {}) | {"locale": "en"})

    def read(self, body: Body) -> Iterator[Row]:
        """Read the day of fixing, not the day of validity after it; units stand in the text, `100 JPY`."""
        root = body.xml()
        on = day(root.findtext("{*}datum"), "%d.%m.%Y")
        for row in root.iterfind("{*}devise"):
            units, _, code = (row.findtext("{*}waehrung") or "").strip().partition(" ")
            yield Row(code, "CHF", row.findtext("{*}kurs"), on, units)
