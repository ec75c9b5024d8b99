"""OANDA Exchange Rates: dollar-based rates with both sides; a pair it lacks is only listed as skipped."""

from datetime import datetime

from providers.adapters._reading import first, mapping, moment, objects
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `spot`, whose only time is that of the request, and the averages of a day's `candle`.

    Source: https://developer.oanda.com/exchange-rates-api/
    """

    name = "OANDA Exchange Rates"
    home = "https://www.oanda.com/foreign-exchange-data-services/en/exchange-rates-api/"
    base_url = "https://exchange-rates-api.oanda.com/v2/"
    auth = Auth("header", "Authorization", "Bearer {key}")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every quote of the dollar; a list with an unknown one would be refused."""
        if ask.on:
            return Request("rates/candle.json", {"base": "USD", "date_time": ask.on.isoformat()})
        return Request("rates/spot.json", {"base": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every quote by itself; without any, what was skipped is what is not supported."""
        answer = body.json()
        if body.failed or "code" in answer:
            raise refusal(body, answer.get("message"))
        meta, found = mapping(answer.get("meta")), []
        if not answer.get("quotes") and meta.get("skipped_currency_pairs"):
            raise refusal(body, "every pair was skipped")
        for row in objects(answer.get("quotes")):
            sides = {"bid": first(row, "bid", "average_bid"), "ask": first(row, "ask", "average_ask")}
            sides["mid"] = first(row, "midpoint", "average_midpoint")
            since = first(row, "start_time", "open_time")
            as_of = moment(since).date() if since else moment(meta.get("request_time"))
            found.append(
                self.tick(row.get("base_currency"), row.get("quote_currency"), sides, received_at, as_of)
            )
        return present(found)
