"""The Monetary Authority of Singapore's end of day: dollars per 1 or 100 units, keyless."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters._keyless import said_first
from providers.adapters.base import Ask, Body, Category, Request, day, mapping, objects

_FIELD = re.compile("([a-z]{3})_([a-z]{3})(?:_([0-9]+))?")


class Source(Bank):
    """Read columns whose names say the pair and its units: `usd_sgd`, `jpy_sgd_100`.

    Source: https://eservices.mas.gov.sg/api/action/datastore/search.json
    """

    name = "Monetary Authority of Singapore"
    home = "https://eservices.mas.gov.sg/statistics/msb/exchangerates.aspx"
    base_url = "https://eservices.mas.gov.sg/api/action/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest row, or for the one of a day."""
        table = {"resource_id": "95932927-c8bc-4e7a-b484-68a66a24edfe", "limit": "1"}
        if ask.on:
            return Request("datastore/search.json", table | {"between[end_of_day]": f"{ask.on},{ask.on}"})
        return Request("datastore/search.json", table | {"sort": "end_of_day desc"})

    def read(self, body: Body) -> Iterator[Row]:
        """Read every row; a refusal has status 200."""
        answer = body.json()
        if answer.get("success") is False:
            raise body.failure(said_first(answer.get("error", "")), Category.UNSUPPORTED)
        for row in objects(mapping(answer.get("result")).get("records")):
            on = day(row.get("end_of_day"))
            for name, stated in row.items():
                if found := _FIELD.fullmatch(name):
                    base, quote, units = found.groups()
                    yield Row(base.upper(), quote.upper(), stated, on, units or 1)
