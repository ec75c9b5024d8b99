"""Frankfurter v1: the ECB's reference rates, rounded by size, keyless."""

from datetime import datetime, timedelta
from typing import Any

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, mapping, present


class Source(Adapter):
    """Read units per euro of one day or of a range; a closed day is answered with the one before.

    Source: https://frankfurter.dev/v1/
    """

    name = "Frankfurter v1"
    home = "https://frankfurter.dev"
    base_url = "https://api.frankfurter.dev/v1/"
    echoes = "ecb"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for every currency: it leaves out what it does not know, and knows few."""
        return Request(ask.on.isoformat() if ask.on else "latest", {"base": "EUR"})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the rates of the one day, or those nested under each day of a range."""
        if body.failed:
            raise refusal(body)
        answer = body.json()
        base, asked = answer.get("base"), body.asked.get("base") or body.asked.get("from")
        if asked and asked != base:
            raise body.failure(f"{asked} was asked for")
        return present(
            self.tick(base, quote, rate, received_at, day(on), per=answer.get("amount", 1))
            for on, mids in _days(answer)
            for quote, rate in mids.items()
        )


def _days(answer: dict[str, Any]) -> list[tuple[object, dict[str, Any]]]:
    rates = mapping(answer.get("rates"))
    days = rates.items() if "start_date" in answer else [(answer.get("date"), rates)]
    return [(on, mapping(mids)) for on, mids in days]
