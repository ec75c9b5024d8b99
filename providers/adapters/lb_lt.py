"""Lietuvos bankas' rates: the euro's, and until 2014 those of the litas, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Category, Request, day

_LITAS = "LTL"


class Source(Bank):
    """Read two amounts of the same worth: 7.6881 LTL and 10 AED, or 1 EUR and 1.0842 USD.

    Source: https://www.lb.lt/webservices/FxRates/en/
    """

    name = "Lietuvos bankas"
    home = "https://www.lb.lt/en/daily-euro-foreign-exchange-reference-rates"
    base_url = "https://www.lb.lt/webservices/FxRates/FxRates.asmx/"
    echoes = "ecb"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest rates of the euro, or for those of a day."""
        if ask.on:
            return Request("getFxRates", {"tp": "EU", "dt": ask.on.isoformat()})
        return Request("getCurrentFxRates", {"tp": "EU"})

    def read(self, body: Body) -> Iterator[Row]:
        """Take the units for the base: the second amount beside the litas, else the first."""
        root = body.xml()
        if (error := root.find(".//{*}OprlErr")) is not None:
            said = " ".join(" ".join(error.itertext()).split())
            raise body.failure(said[:120], Category.UNSUPPORTED)
        for rate in root.iterfind("{*}FxRate"):
            amounts = [(a.findtext("{*}Ccy"), a.findtext("{*}Amt")) for a in rate.iterfind("{*}CcyAmt")]
            if len(amounts) != 2:
                raise body.failure("not two amounts")
            (base, units), (quote, stated) = amounts[::-1] if amounts[0][0] == _LITAS else amounts
            yield Row(base, quote, stated, day(rate.findtext("{*}Dt")), units)
