"""OANDA v20: the price ladders of a trading account, stamped to the nanosecond."""

from datetime import datetime

from providers.adapters._oanda import TRADED, Trading
from providers.adapters._pairs import dollar_pairs
from providers.adapters._words import refusal
from providers.adapters.base import Ask, Auth, Body, Request, Tick, objects, present

_DAY = {"granularity": "D", "price": "MBA", "count": "1", "dailyAlignment": "0", "alignmentTimezone": "UTC"}


class Source(Trading):
    """Read `pricing`, its stream and daily candles; the base URL has to end with `accounts/<account>/`.

    Source: https://developer.oanda.com/rest-live-v20/pricing-ep/
    """

    name = "OANDA v20"
    home = "https://developer.oanda.com/rest-live-v20/introduction/"
    base_url = "https://api-fxtrade.oanda.com/v3/accounts/"
    auth = Auth("header", "Authorization", "Bearer {key}")
    historical = True

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for all prices at once, but for a day's candle of one instrument at a time."""
        names = ["_".join(pair) for pair in dollar_pairs(ask) if TRADED.issuperset(pair)]
        if ask.on:
            since = _DAY | {"from": f"{ask.on}T00:00:00Z"}
            return [Request(f"instruments/{name}/candles", since) for name in names]
        return [Request("pricing", {"instruments": ",".join(names)})]

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every price, or every candle of one instrument."""
        answer = body.json()
        if body.failed or "errorMessage" in answer:
            raise refusal(body, answer.get("errorMessage"))
        if "candles" not in answer:
            return present(self.price(row, received_at) for row in objects(answer.get("prices")))
        return present(self.candle(answer | row, received_at) for row in objects(answer["candles"]))

    def parse_frame(self, text: str, received_at: datetime) -> list[Tick]:
        """Read one line of the stream; a heartbeat has no price."""
        return list(filter(None, [self.price(Body(200, text.encode()).json(), received_at)]))
