"""The Bank of England's daily spot rates against sterling as csv, one column a series, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row, period
from providers.adapters._boe_series import ENDED, QUOTE_OF
from providers.adapters.base import Ask, Body, Request, day

_DAY = "%d/%b/%Y"


class Source(Bank):
    """Read units per one pound.

    Source: https://www.bankofengland.co.uk/boeapps/database/Help.asp
    """

    name = "Bank of England"
    home = "https://www.bankofengland.co.uk/statistics/exchange-rates"
    base_url = "https://www.bankofengland.co.uk/boeapps/database/"

    def request(self, ask: Ask) -> Request:
        """Ask for all series over a period: there is no word for the newest day."""
        first, last = period(ask)
        series = {"SeriesCodes": ",".join(code for code in QUOTE_OF if code not in ENDED)}
        days = {"Datefrom": f"{first:{_DAY}}", "Dateto": f"{last:{_DAY}}"}
        shape = {"csv.x": "yes", "CSVF": "TN", "UsingCodes": "Y"}
        return Request("_iadb-fromshowcolumns.asp", shape | days | series)

    def read(self, body: Body) -> Iterator[Row]:
        """Read a day a line; a series without a rate has dots."""
        for row in body.table():
            on = day(row.get("DATE"), "%d %b %Y")
            for series, quote in QUOTE_OF.items():
                yield Row("GBP", quote, row.get(series, "").strip("."), on)
