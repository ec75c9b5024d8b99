"""Bank Negara Malaysia's interbank rates: ringgit per 1 or 100 units with bid and ask, keyless."""

from collections.abc import Iterator
from decimal import Context

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day, decimal, mapping, objects

# Rates are written out of binary floats, 3.9329999999999998; as many digits are what was meant.
_MEANT = Context(prec=15)
_SIDES = {"bid": "buying_rate", "ask": "selling_rate", "mid": "middle_rate"}
_ACCEPT = {"Accept": "application/vnd.BNM.API.v1+json"}


class Source(Bank):
    """Read the rates of 9 am, of all currencies or of one.

    Source: https://apikijangportal.bnm.gov.my/
    """

    name = "Bank Negara Malaysia"
    home = "https://www.bnm.gov.my/exchange-rates"
    base_url = "https://api.bnm.gov.my/public/"

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for the newest list; the past is kept by currency."""
        asked = {"session": "0900", "quote": "rm"}
        kept = [f"/{code}/date/{ask.on}" for code in sorted(ask.currencies - {"MYR"})] if ask.on else [""]
        return [Request(f"exchange-rate{path}", asked, _ACCEPT) for path in kept]

    def read(self, body: Body) -> Iterator[Row]:
        """Read rows in ringgit: with the other `quote` the same parts would be upside down."""
        answer = body.json()
        if mapping(answer.get("meta", {})).get("quote", "rm") != "rm":
            raise body.failure("the rates have another base than asked")
        for row in objects(_many(answer.get("data"))):
            for stated in objects(_many(row.get("rate"))):
                sides = {side: _MEANT.plus(decimal(stated[n])) for side, n in _SIDES.items() if stated.get(n)}
                yield Row(row.get("currency_code"), "MYR", sides, day(stated.get("date")), row.get("unit"))


def _many(stated: object) -> object:
    return [stated] if isinstance(stated, dict) else stated
