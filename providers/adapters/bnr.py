"""The National Bank of Romania's reference rates: lei per 1 or 100 units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day

# Of gold it states the price of a gram, where everyone else means an ounce.
_GRAMS = "XAU"


class Source(Bank):
    """Read the XML of the newest day, or of a year.

    Source: https://www.bnr.ro/Exchange-Rates-1224.aspx
    """

    name = "National Bank of Romania"
    home = "https://www.bnr.ro/"
    base_url = "https://curs.bnr.ro/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list; a day is in the file of its year."""
        return Request(f"files/xml/years/nbrfxrates{ask.on.year}.xml" if ask.on else "nbrfxrates.xml")

    def read(self, body: Body) -> Iterator[Row]:
        """Read the dated cubes; a multiplier is stated where it is not 1."""
        root = body.xml()
        money = root.findtext(".//{*}OrigCurrency")
        for cube in root.iterfind(".//{*}Cube[@date]"):
            on = day(cube.get("date"))
            for rate in cube.iterfind("{*}Rate"):
                if (code := rate.get("currency")) != _GRAMS:
                    yield Row(code, money, rate.text, on, rate.get("multiplier", "1"))
