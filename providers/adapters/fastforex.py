"""fastFOREX: dollar-based rates, a time without zone, and errors of words."""

from datetime import datetime

from providers.adapters._reading import day, first, moment
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick


class Source(Adapter):
    """Read `fetch-all` and `historical`; a pair by itself comes under `result`. Its times are UTC.

    Source: https://fastforex.readme.io/reference/introduction
    """

    name = "fastFOREX"
    home = "https://www.fastforex.io"
    base_url = "https://api.fastforex.io/"
    auth = Auth("header", "X-API-Key")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every currency against the dollar."""
        if ask.on:
            return Request("historical", {"from": "USD", "date": ask.on.isoformat()})
        return Request("fetch-all", {"from": "USD"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read one rate or many."""
        answer = body.json()
        if body.failed or "error" in answer:
            raise refusal(body, first(answer, "error", "message"))
        on = answer.get("date")
        as_of = day(on) if on else moment(answer.get("updated"), "UTC")
        return self.ticks(answer.get("base"), first(answer, "results", "result"), received_at, as_of)
