"""The National Bank of Belarus' official rates: rubles per 1 to 100000 units, keyless."""

from collections.abc import Iterator
from datetime import date

from providers.adapters._banks import Bank, Row
from providers.adapters._nbrb_ids import CURRENCY_OF
from providers.adapters.base import Ask, Body, Request, day

# On this day a new ruble replaced 10000 old ones.
_NEW_RUBLE = date(2016, 7, 1)


class Source(Bank):
    """Read the list of a day, one currency, or the days of one.

    Source: https://www.nbrb.by/apihelp/exrates
    """

    name = "National Bank of Belarus"
    home = "https://www.nbrb.by/engl/statistics/rates/ratesdaily"
    base_url = "https://api.nbrb.by/"

    def request(self, ask: Ask) -> Request:
        """Ask for all that is fixed daily, now or on a day."""
        dated = {"ondate": ask.on.isoformat()} if ask.on else {}
        return Request("exrates/rates", {"periodicity": "0"} | dated)

    def read(self, body: Body) -> Iterator[Row]:
        """Read code and units of a row, or know them by its number."""
        for row in body.records():
            code, units = CURRENCY_OF.get(str(row.get("Cur_ID")), (None, 1))
            on = day(str(row.get("Date"))[:10])
            money = "BYN" if on >= _NEW_RUBLE else "BYR"
            rate, units = row.get("Cur_OfficialRate"), row.get("Cur_Scale", units)
            yield Row(row.get("Cur_Abbreviation", code), money, rate, on, units)
