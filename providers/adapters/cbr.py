"""The Bank of Russia's rates: rubles per 1 to 10000 units, windows-1251, decimal comma, keyless."""

from datetime import datetime, timedelta

from providers.adapters._cbr_ids import CURRENCY_OF
from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Category, Request, Tick, comma, day, present


class Source(Adapter):
    """Read the list of a day, or one currency's days; the day is the one on which a rate takes effect.

    Source: https://www.cbr.ru/development/SXML/
    """

    name = "Bank of Russia"
    home = "https://www.cbr.ru/eng/currency_base/daily/"
    base_url = "https://www.cbr.ru/scripts/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the list in force, now or on a day."""
        return Request("XML_daily.asp", {"date_req": f"{ask.on:%d/%m/%Y}"} if ask.on else {})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the list; an error is a text in its place, with status 200."""
        if body.failed:
            raise refusal(body)
        root = body.xml()
        if root.tag != "ValCurs":
            raise body.failure("no list of rates")
        if said := (root.text or "").strip():
            raise body.failure(said[:120], Category.UNSUPPORTED)
        return present(
            self.tick(
                row.findtext("CharCode") or CURRENCY_OF.get(row.get("Id", "")),
                "RUB",
                comma(row.findtext("Value")),
                received_at,
                day(row.get("Date") or root.get("Date"), "%d.%m.%Y"),
                per=comma(row.findtext("Nominal")),
            )
            for row in (*root.iterfind("Valute"), *root.iterfind("Record"))
        )
