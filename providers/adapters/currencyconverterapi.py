"""CurrencyConverterAPI: one pair a call, and no time at all; an unknown pair is an empty answer."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs
from providers.adapters._reading import day, mapping, objects
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `convert`; a pair of the past has a rate for each of its days.

    Source: https://www.currencyconverterapi.com/docs
    """

    name = "CurrencyConverterAPI"
    home = "https://www.currencyconverterapi.com"
    base_url = "https://free.currconv.com/api/v7/"
    auth = Auth("query", "apiKey")
    historical = True

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for every pair by itself: a free key has two a call."""
        on = {"date": ask.on.isoformat()} if ask.on else {}
        return [Request("convert", {"q": "_".join(pair)} | on) for pair in dollar_pairs(ask)]

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the pairs, each with one rate or a map of days."""
        answer = body.json()
        if body.failed or "results" not in answer:
            raise refusal(body, answer.get("error"))
        found = []
        for row in objects(list(mapping(answer["results"]).values())):
            base, quote, stated = row.get("fr"), row.get("to"), row.get("val")
            days = stated.items() if isinstance(stated, dict) else [(None, stated)]
            found += [self.tick(base, quote, mid, received_at, on and day(on)) for on, mid in days]
        return present(found)
