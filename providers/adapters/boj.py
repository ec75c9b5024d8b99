"""The Bank of Japan's 5 pm rates in Tokyo: USD/JPY and EUR/USD, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row, period
from providers.adapters._keyless import refusal
from providers.adapters.base import Ask, Body, ProviderError, Request, day, mapping, objects

_PAIRS = {"FXERD04": ("USD", "JPY"), "FXERD34": ("EUR", "USD")}


class Source(Bank):
    """Read days and rates, which stand in two lists side by side; a closed day has null.

    Source: https://www.stat-search.boj.or.jp/index_en.html
    """

    name = "Bank of Japan"
    home = "https://www.stat-search.boj.or.jp/index_en.html"
    base_url = "https://www.stat-search.boj.or.jp/api/v1/"

    def request(self, ask: Ask) -> Request:
        """Ask by month: it cuts no finer."""
        first, last = period(ask)
        months = {"startDate": f"{first:%Y%m}", "endDate": f"{last:%Y%m}"}
        series = {"db": "FM08", "code": ",".join(_PAIRS), "format": "json", "lang": "en"}
        return Request("getDataCode", series | months)

    def read(self, body: Body) -> Iterator[Row]:
        """Read both series; the answer repeats its status inside."""
        answer = body.json()
        if (status := str(answer.get("STATUS", 200))) != "200":
            raise body.failure(str(answer.get("MESSAGE", ""))[:120], body.category(status))
        for series in objects(answer.get("RESULTSET")):
            base, quote = _PAIRS.get(str(series.get("SERIES_CODE")), (None, None))
            lists = (mapping(series.get("VALUES")).get(name) for name in ("SURVEY_DATES", "VALUES"))
            for on, rate in zip(*(each if isinstance(each, list) else [] for each in lists), strict=False):
                yield Row(base, quote, rate, day(on))

    def refused(self, body: Body) -> ProviderError:
        """Read what it says of it."""
        return refusal(body, "MESSAGE")
