"""TraderMade: both sides of every pair; one that it does not know is an error among the quotes."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters._reading import day, first, objects, unix
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `live`, `historical` and `timeseries`, and the quotes of the socket.

    Source: https://tradermade.com/docs/restful-api
    """

    name = "TraderMade"
    home = "https://tradermade.com"
    base_url = "https://marketdata.tradermade.com/api/v1/"
    auth = Auth("query", "api_key")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for the pairs in the market's order."""
        pairs = {"currency": ",".join("".join(pair) for pair in dollar_pairs(ask))}
        return Request("historical", pairs | {"date": f"{ask.on}"}) if ask.on else Request("live", pairs)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every quote; where none is one, the first tells why."""
        answer = body.json()
        found, rows = [], objects(answer.get("quotes") or [answer])
        for row in (answer | row for row in rows):
            base, quote = pair_of(first(row, "instrument", "symbol"))
            pair = row.get("base_currency", base), row.get("quote_currency", quote)
            sides, stamp = row | {"mid": first(row, "mid", "close")}, first(row, "ts", "timestamp")
            as_of = day(str(row["date"])[:10]) if "date" in row else None if stamp is None else unix(stamp)
            found.append(self.tick(*pair, sides, received_at, as_of))
        if body.failed or not any(found):
            raise refusal(body, first(rows[0], "message", "error"))
        return present(found)

    def parse_frame(self, text: str, received_at: datetime) -> list[Tick]:
        """Read a quote; the socket greets in plain words."""
        return self.parse(Body(200, text.encode()), received_at) if text.startswith("{") else []
