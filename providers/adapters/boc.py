"""The Bank of Canada's daily rates by its Valet service, keyless."""

import re
from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, objects, present

_SERIES = re.compile("FX([A-Z]{3})([A-Z]{3})")


class Source(Adapter):
    """Read series such as FXUSDCAD, Canadian dollars per US dollar, and FXCADUSD, the other way around.

    Source: https://www.bankofcanada.ca/valet/docs
    """

    name = "Bank of Canada"
    home = "https://www.bankofcanada.ca/rates/exchange/daily-exchange-rates/"
    base_url = "https://www.bankofcanada.ca/valet/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the newest of each series: one that has ended comes with the day it did."""
        path = "observations/group/FX_RATES_DAILY/json"
        if ask.on:
            return Request(path, {"start_date": ask.on.isoformat(), "end_date": ask.on.isoformat()})
        return Request(path, {"recent": "1"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every series of every day."""
        if body.failed:
            raise refusal(body)
        return present(
            self.tick(name[1], name[2], stated.get("v"), received_at, day(row.get("d")))
            for row in objects(body.json().get("observations"))
            for series, stated in row.items()
            if (name := _SERIES.fullmatch(series)) and isinstance(stated, dict)
        )
