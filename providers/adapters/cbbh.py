"""The Central Bank of Bosnia and Herzegovina's rates: marks per 1 or 100 units, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, comma, day, objects

_SIDES = {"bid": "Buy", "mid": "Middle", "ask": "Sell"}


class Source(Bank):
    """Read buy, middle and sell with a decimal comma; the euro is fixed.

    Source: https://www.cbbh.ba/CurrencyExchange/
    """

    name = "Central Bank of Bosnia and Herzegovina"
    home = "https://www.cbbh.ba/CurrencyExchange/"
    base_url = "https://www.cbbh.ba/CurrencyExchange/"

    def request(self, ask: Ask) -> Request:
        """Ask for the list of today or of a day, in the American order."""
        return Request("GetJson", {"date": f"{ask.on or ask.today:%m-%d-%Y} 00:00:00"})

    def read(self, body: Body) -> Iterator[Row]:
        """Read the list of a day, or of several."""
        for dated in body.records():
            on = day(str(dated.get("Date"))[:10])
            for row in objects(dated.get("CurrencyExchangeItems")):
                sides = {side: comma(row.get(name)) for side, name in _SIDES.items()}
                yield Row(row.get("AlphaCode"), "BAM", sides, on, row.get("Units"))
