"""Norges Bank's daily rates as SDMX csv: krone per 1 or 100 units, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, present

# UNIT_MULT is a power of ten: the rate is for so many units of the base.
_UNITS = {str(power): 10**power for power in range(7)}
# Indices of the krone against others stand among the currencies.
_INDICES = {"TWI", "I44"}


class Source(Adapter):
    """Read every series by the headings of its columns.

    Source: https://www.norges-bank.no/en/topics/Statistics/open-data/
    """

    name = "Norges Bank"
    home = "https://www.norges-bank.no/en/topics/Statistics/exchange_rates/"
    base_url = "https://data.norges-bank.no/api/data/EXR/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the newest of each series, or for one day."""
        on = ask.on.isoformat() if ask.on else ""
        period = {"startPeriod": on, "endPeriod": on} if on else {"lastNObservations": "1"}
        return Request("B..NOK.SP", {"format": "csvdata"} | period)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every row, in units of its own."""
        if body.failed:
            raise refusal(body)
        rows = body.table(";" if b";" in body.content[:200] else ",")
        return present(
            self.tick(base, row.get("QUOTE_CUR"), row.get("OBS_VALUE"), received_at, on, per=units)
            for row in rows
            if (base := row.get("BASE_CUR")) not in _INDICES
            for on, units in [(day(row.get("TIME_PERIOD")), _UNITS.get(row.get("UNIT_MULT", ""), 0))]
        )
