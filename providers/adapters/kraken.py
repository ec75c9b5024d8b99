"""Kraken's spot market: a dozen pairs of currencies around the clock, keyless."""

from datetime import datetime, timedelta

from providers.adapters._keyless import refusal
from providers.adapters._kraken import PAIRS, Socket, failure, pair_of, sides_of
from providers.adapters.base import Ask, Body, Request, Tick, mapping, present


class Source(Socket):
    """Read bid and ask, with the mid between them: the last trade may be hours old.

    Source: https://docs.kraken.com/api/
    """

    name = "Kraken"
    home = "https://www.kraken.com"
    base_url = "https://api.kraken.com/0/public/"
    keyless = streaming = True
    min_interval = timedelta(seconds=2)

    def request(self, ask: Ask) -> Request:
        """Ask for every pair of currencies it has: one unknown name would refuse the whole list."""
        return Request("Ticker", {"pair": ",".join(PAIRS)})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a map of pairs, each under a name of its own, or the errors in its place."""
        if body.failed:
            raise refusal(body, "error")
        answer = body.json()
        if "result" not in answer:
            raise failure(body, answer.get("error"))
        return present(
            self.tick(*pair_of(name), sides_of(mapping(row)), received_at, None)
            for name, row in mapping(answer["result"]).items()
        )
