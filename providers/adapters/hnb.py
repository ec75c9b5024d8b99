"""The Croatian National Bank's list: units per euro, and until 2022 kunas per unit, keyless."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, comma, day

_EURO_YEAR = 2023


class Source(Bank):
    """Read buying, middle and selling rates with a decimal comma.

    Source: https://api.hnb.hr/
    """

    name = "Croatian National Bank"
    home = "https://www.hnb.hr/en/core-functions/monetary-policy/exchange-rate-list"
    base_url = "https://api.hnb.hr/"

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force; one of a day is the euro's or the kuna's."""
        if not ask.on:
            return Request("tecajn-eur/v3")
        on = ask.on.isoformat()
        path = "tecajn-eur/v3" if ask.on.year >= _EURO_YEAR else "tecajn/v2"
        return Request(path, {"datum-primjene-od": on, "datum-primjene-do": on})

    def read(self, body: Body) -> Iterator[Row]:
        """Buy a currency per euro and you sell the euro: there the sides change places."""
        for row in body.records():
            code, on = row.get("valuta"), day(row.get("datum_primjene"))
            buying, mid, selling = (
                comma(row.get(f"{name}_tecaj")) for name in ("kupovni", "srednji", "prodajni")
            )
            if "jedinica" in row:
                sides = {"bid": buying, "mid": mid, "ask": selling}
                yield Row(code, "HRK", sides, on, comma(row["jedinica"]))
            else:
                yield Row("EUR", code, {"bid": selling, "mid": mid, "ask": buying}, on)
