"""CurrencyAPI v3: rates under `code` and `value`, with the time but without the base."""

from datetime import datetime, timedelta

from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, mapping, moment, objects, present


class Source(Adapter):
    """Read `latest` and `historical`, asked in dollars; `range` has a list of days.

    Source: https://currencyapi.com/docs/latest
    """

    name = "CurrencyAPI"
    home = "https://currencyapi.com"
    base_url = "https://api.currencyapi.com/v3/"
    auth = Auth("header", "apikey")
    historical = True
    min_interval = timedelta(seconds=6)

    def request(self, ask: Ask) -> Request:
        """Ask for every currency: an unknown one in a list is refused with the whole list."""
        if ask.on:
            return Request("historical", {"base_currency": "USD", "date": ask.on.isoformat()})
        return Request("latest", {"base_currency": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read one table, or one a day."""
        answer = body.json()
        if body.failed or "data" not in answer:
            raise body.failure(answer.get("message", ""))
        days, found = answer["data"], []
        if not isinstance(days, list):
            meta = mapping(answer.get("meta"))
            days = [{"datetime": meta.get("last_updated_at"), "currencies": days}]
        for table in objects(days):
            rows = objects(list(mapping(table.get("currencies")).values()))
            mids = {str(row.get("code")): row.get("value") for row in rows}
            base, as_of = body.asked.get("base_currency", "USD"), moment(table.get("datetime"))
            found += self.ticks(base, mids, received_at, as_of)
        return present(found)
