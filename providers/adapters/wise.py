"""Wise: mid-market rates, one object a pair, each with its own time and an offset without colon."""

from datetime import datetime

from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, first, moment, present


class Source(Adapter):
    """Read `rates` of the dollar into every currency, the newest or those at the end of a day.

    Source: https://docs.wise.com/api-docs/api-reference/rate
    """

    name = "Wise"
    home = "https://wise.com"
    base_url = "https://api.wise.com/v1/"
    auth = Auth("header", "Authorization", "Bearer {key}")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Name no target: one or all can be asked, a list of them is refused."""
        at = {"time": f"{ask.on}T23:59:59+0000"} if ask.on else {}
        return Request("rates", {"source": "USD"} | at)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a list; an object in its place is an error."""
        if body.failed or body.content.lstrip().startswith(b"{"):
            raise refusal(body, first(body.json(), "error_description", "message", "error"))
        # A pair that nobody trades now has neither rate nor time.
        rows = (row for row in body.json_list() if row.get("time") is not None)
        return present(
            self.tick(row.get("source"), row.get("target"), row.get("rate"), received_at, moment(row["time"]))
            for row in rows
        )
