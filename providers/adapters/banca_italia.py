"""Banca d'Italia's reference rates: units of some 170 currencies per one euro, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, day, first, objects


class Source(Bank):
    """Read the newest rates, those of a day, or the days of one currency.

    Source: https://tassidicambio.bancaditalia.it/terzevalute-wf-ui-web/assets/files/Operating_Instructions.pdf
    """

    name = "Banca d'Italia"
    home = "https://tassidicambio.bancaditalia.it/"
    base_url = "https://tassidicambio.bancaditalia.it/terzevalute-wf-web/rest/v1.0/"

    def request(self, ask: Ask) -> Request:
        """Ask in euro: the dollar's rates are quoted both ways around."""
        accept = {"Accept": "application/json"}
        if not ask.on:
            return Request("latestRates", {"lang": "en"}, accept)
        asked = {"referenceDate": ask.on.isoformat(), "currencyIsoCode": "EUR", "lang": "en"}
        return Request("dailyRates", asked, accept)

    def read(self, body: Body) -> Iterator[Row]:
        """Leave out a row flagged `I`, the other way around: one that is contradicts its own words."""
        base = body.asked.get("currencyIsoCode", "EUR")
        for row in objects(first(body.json(), "rates", "latestRates")):
            code = row.get("isoCode") or body.asked.get("baseCurrencyIsoCode")
            stated, on = str(first(row, "eurRate", "avgRate")), day(row.get("referenceDate"))
            known = not stated.startswith("N.") and row.get("exchangeConventionCode", "C") == "C"
            yield Row("EUR" if "eurRate" in row else base, code, stated if known else None, on)
