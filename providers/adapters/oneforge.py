"""1Forge: quotes with both sides, sometimes crossed, under names of one letter."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters._reading import first, unix
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `quotes`; its times came in seconds and now come in milliseconds.

    Source: https://1forge.com/api
    """

    name = "1Forge"
    home = "https://1forge.com"
    base_url = "https://api.1forge.com/"
    auth = Auth("query", "api_key")

    def request(self, ask: Ask) -> Request:
        """Ask for the pairs in the market's order."""
        return Request("quotes", {"pairs": ",".join("/".join(pair) for pair in dollar_pairs(ask))})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a list; an object in its place is an error."""
        if body.failed or body.content.lstrip().startswith(b"{"):
            raise refusal(body, first(body.json(), "message", "error"))
        found = []
        for row in body.json_list():
            bid, ask, mid = first(row, "b", "bid"), first(row, "a", "ask"), first(row, "p", "price")
            pair, as_of = pair_of(first(row, "s", "symbol")), unix(first(row, "t", "timestamp"))
            found.append(self.tick(*pair, {"bid": bid, "ask": ask, "mid": mid}, received_at, as_of))
        return present(found)
