"""XE Currency Data: mids of an amount, with account and key as HTTP Basic."""

from datetime import datetime

from providers.adapters._reading import moment, objects
from providers.adapters.base import Adapter, Ask, Auth, Body, Category, Request, Tick, present

_CATEGORIES = {"1": Category.AUTH, "3": Category.QUOTA}


class Source(Adapter):
    """Read `convert_from` and `historic_rate`; the key is `account:key`.

    Source: https://xecdapi.xe.com/docs/v1/
    """

    name = "XE"
    home = "https://www.xe.com/xecurrencydata/"
    base_url = "https://xecdapi.xe.com/v1/"
    auth = Auth("header", "Authorization", "Basic {basic}")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for every currency, for an amount of one dollar."""
        asked = {"from": "USD", "to": "*", "amount": "1"}
        if ask.on:
            return Request("historic_rate.json/", asked | {"date": ask.on.isoformat()})
        return Request("convert_from.json/", asked)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Divide by the amount, as a mid is the total for it; `convert_to` has its list under `from`."""
        answer = body.json()
        if body.failed or "code" in answer:
            otherwise = body.category() if body.failed else Category.UNSUPPORTED
            raise body.failure(answer.get("message", ""), _CATEGORIES.get(str(answer.get("code")), otherwise))
        base, quotes = answer.get("from"), answer.get("to")
        if isinstance(base, list):
            base, quotes = quotes, base
        if isinstance(quotes, dict):
            quotes = [row | {"quotecurrency": code} for code, rows in quotes.items() for row in objects(rows)]
        found = []
        for row in objects(quotes):
            as_of, per = moment((answer | row).get("timestamp")), answer.get("amount", 1)
            found.append(self.tick(base, row.get("quotecurrency"), row, received_at, as_of, per=per))
        return present(found)
