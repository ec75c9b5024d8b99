"""The Bank of Thailand's averages of commercial banks: baht per 1 to 1000 units, with a free key."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row, period, ungrouped
from providers.adapters._words import refusal
from providers.adapters.base import Ask, Auth, Body, ProviderError, Request, day, first, mapping, objects

# Units are told in the name alone: `JAPAN : YEN (100 YEN) (JPY)`.
_UNITS = re.compile(r"\(([\d,]+) ")
_SIDES = {"bid": "buying_transfer", "ask": "selling", "mid": "mid_rate"}


class Source(Bank):
    """Read transfers, not sight bills; a closed day is a row of blanks.

    Source: https://portal.api.bot.or.th/
    """

    name = "Bank of Thailand"
    home = "https://www.bot.or.th/en/statistics/exchange-rate.html"
    base_url = "https://gateway.api.bot.or.th/Stat-ExchangeRate/v2/"
    auth = Auth("header", "Authorization")
    keyless = False

    def request(self, ask: Ask) -> Request:
        """Ask for a period: there is no word for the newest day."""
        start, end = (on.isoformat() for on in period(ask))
        return Request("DAILY_AVG_EXG_RATE/", {"start_period": start, "end_period": end})

    def read(self, body: Body) -> Iterator[Row]:
        """Read every day of every currency."""
        answer = mapping(mapping(body.json().get("result")).get("data"))
        for row in (row for row in objects(answer.get("data_detail")) if row.get("period")):
            units = _UNITS.search(str(row.get("currency_name_eng")))
            sides = {side: ungrouped(row.get(name)) for side, name in _SIDES.items()}
            per = ungrouped(units[1]) if units else 1
            yield Row(row.get("currency_id"), "THB", sides, day(row["period"]), per)

    def refused(self, body: Body) -> ProviderError:
        """Read what the gateway says of it."""
        return refusal(body, first(body.json(), "message", "moreInformation", "httpMessage"))
