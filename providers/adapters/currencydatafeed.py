"""CurrencyDataFeed: a list of pairs, each of which may be an error under a status of true."""

from datetime import datetime

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters._reading import day, first, moment, objects
from providers.adapters._words import refusal
from providers.adapters.base import Adapter, Ask, Auth, Body, Request, Tick, present


class Source(Adapter):
    """Read `data.php` and `historical.php`; times without a zone are read as UTC.

    Source: https://currencydatafeed.com/documentation.php
    """

    name = "CurrencyDataFeed"
    home = "https://currencydatafeed.com"
    base_url = "https://currencydatafeed.com/api/"
    auth = Auth("header", "Authorization", "Bearer {key}")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for the pairs with blanks between them, which an address writes as `+`."""
        pairs = {"currency": " ".join("/".join(pair) for pair in dollar_pairs(ask))}
        return (
            Request("historical.php", pairs | {"date": f"{ask.on}"}) if ask.on else Request("data.php", pairs)
        )

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every pair; where none has a rate, the first tells why."""
        answer = body.json()
        rows = objects(answer.get("currency", []))
        rated = [row for row in rows if "error" not in row]
        if body.failed or answer.get("status") is not True or (rows and not rated):
            raise refusal(body, first(answer | (rows[0] if rows else {}), "error", "message"))
        found = []
        for row in rated:
            sides, stated = row | {"mid": row.get("value")}, str(row.get("date"))
            as_of = day(stated) if len(stated) == len("2026-11-20") else moment(stated, "UTC")
            found.append(self.tick(*pair_of(row.get("currency")), sides, received_at, as_of))
        return present(found)
