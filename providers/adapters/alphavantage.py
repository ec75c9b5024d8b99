"""Alpha Vantage: one pair a call, numbered names, and every error as a sentence under HTTP 200."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs
from providers.adapters._reading import day, first, mapping, moment
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `CURRENCY_EXCHANGE_RATE`, and the closes of `FX_DAILY`.

    Source: https://www.alphavantage.co/documentation/#fx
    """

    name = "Alpha Vantage"
    home = "https://www.alphavantage.co"
    base_url = "https://www.alphavantage.co/"
    auth = Auth("query", "apikey")
    historical = True

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for one pair at a time; a day of history comes with all others."""
        day_of = {"function": "FX_DAILY", "outputsize": "full"}, "symbol"
        asked, of = day_of if ask.on else ({"function": "CURRENCY_EXCHANGE_RATE"}, "currency")
        return [Request("query", asked | {f"from_{of}": a, f"to_{of}": b}) for a, b in dollar_pairs(ask)]

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a rate with its sides and zone, or a close a day; a sentence is an error."""
        answer = body.json()
        said = first(answer, "Error Message", "Information", "Note")
        if said or body.failed:
            raise refusal(body, said)
        if "Meta Data" in answer:
            meta, days = mapping(answer["Meta Data"]), mapping(answer.get("Time Series FX (Daily)")).items()
            pair = meta.get("2. From Symbol"), meta.get("3. To Symbol")
            return present(
                self.tick(*pair, mapping(bar).get("4. close"), received_at, day(on)) for on, bar in days
            )
        rate = {n[3:]: part for n, part in mapping(answer.get("Realtime Currency Exchange Rate")).items()}
        pair = rate.get("From_Currency Code"), rate.get("To_Currency Code")
        sides = {"mid": rate.get("Exchange Rate"), "bid": rate.get("Bid Price"), "ask": rate.get("Ask Price")}
        as_of = moment(rate.get("Last Refreshed"), rate.get("Time Zone"))
        return present([self.tick(*pair, sides, received_at, as_of)])
