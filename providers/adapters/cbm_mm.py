"""The Central Bank of Myanmar's reference rates: kyats per 1 or 100 units, keyless."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from providers.adapters._banks import Bank, Row, ungrouped
from providers.adapters.base import Ask, Body, Request, instant, mapping

# Nothing in an answer says so but the size of the rates.
_PER_HUNDRED = {"IDR", "JPY", "KHR", "KRW", "LAK", "VND"}
_YANGON = ZoneInfo("Asia/Yangon")


class Source(Bank):
    """Read rates with their thousands set off by commas; the time stamp stands for its day.

    Source: https://forex.cbm.gov.mm/api/latest
    """

    name = "Central Bank of Myanmar"
    home = "https://forex.cbm.gov.mm/"
    base_url = "https://forex.cbm.gov.mm/api/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or for one of a day."""
        return Request(f"history/{ask.on:%d-%m-%Y}" if ask.on else "latest")

    def read(self, body: Body) -> Iterator[Row]:
        """Read the map; the kip is LAO in places."""
        answer = body.json()
        on = instant(answer.get("timestamp")).astimezone(_YANGON).date()
        for name, stated in mapping(answer.get("rates")).items():
            code = "LAK" if name == "LAO" else name
            yield Row(code, "MMK", ungrouped(stated), on, 100 if code in _PER_HUNDRED else 1)
