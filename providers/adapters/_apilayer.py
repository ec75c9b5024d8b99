"""What the APILayer family shares: two shapes of rates, and errors that arrive as HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from providers.adapters._words import refusal
from providers.adapters.base import (
    Adapter,
    Ask,
    Auth,
    Body,
    Category,
    ProviderError,
    Request,
    Tick,
    day,
    first,
    instant,
    mapping,
    present,
)

# By name before number: 106 is "no results" in one product and "rate limit" in another.
_ENDINGS = {
    "access_key": Category.AUTH,
    "inactive_user": Category.AUTH,
    "limit_reached": Category.QUOTA,
    "too_many_requests": Category.QUOTA,
    "access_restricted": Category.PLAN,
}
_NUMBERS = {"101": Category.AUTH, "102": Category.AUTH, "104": Category.QUOTA, "105": Category.PLAN,
            # Some put the status in the place of a number.
            "401": Category.AUTH, "429": Category.QUOTA}  # fmt: skip


class Family(Adapter):
    """Read what every product of the family answers; `parameters` state a base other than the plan's."""

    auth = Auth("query", "access_key")
    historical = True
    parameters: ClassVar[Mapping[str, str]] = {}

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Trust `success`, not the status; the keyless products of old did without it."""
        answer = body.json()
        if answer.get("success", "rates" in answer) is not True:
            raise _failure(body, answer)
        base, mids = first(answer, "source", "base"), first(answer, "quotes", "rates")
        if answer.get("timeframe") or answer.get("timeseries"):
            # A day without rates is an empty list instead of a map.
            days = ((day(on), _by_quote(base, row)) for on, row in mapping(mids).items() if row)
            return present(tick for on, row in days for tick in self.ticks(base, row, received_at, on))
        if "query" in answer:
            asked, conversion = mapping(answer["query"]), mapping(answer.get("info"))
            mid, pair = first(conversion, "quote", "rate"), (asked.get("from"), asked.get("to"))
            return present([self.tick(*pair, mid, received_at, _as_of(answer | conversion))])
        return self.ticks(base, _by_quote(base, mids), received_at, _as_of(answer))


class Latest(Family):
    """Ask the products with `latest` and a path for every day, and rates by their quote."""

    def request(self, ask: Ask) -> Request:
        """Ask for every currency: an unknown one in a list would refuse the whole list."""
        return Request(ask.on.isoformat() if ask.on else "latest", self.parameters)


class Live(Family):
    """Ask the products with `live` and `historical`, and rates by base and quote in one word."""

    def request(self, ask: Ask) -> Request:
        """Ask for every currency."""
        if ask.on:
            return Request("historical", {**self.parameters, "date": ask.on.isoformat()})
        return Request("live", self.parameters)


def _as_of(answer: Mapping[str, Any]) -> datetime | date:
    """Read the time, or the day where the older shapes state no more."""
    return instant(answer["timestamp"]) if "timestamp" in answer else day(answer.get("date"))


def _by_quote(base: object, mids: object) -> dict[str, Any]:
    """Cut the base off `USDEUR`; a name of another base stays whole, and is no currency then."""
    stated = {str(name): mid for name, mid in mapping(mids).items()}
    return {name.removeprefix(str(base)) if len(name) > 3 else name: mid for name, mid in stated.items()}


def _failure(body: Body, answer: Mapping[str, Any]) -> ProviderError:
    """Map an error object, numbered or named; without one the gateway of the marketplace spoke."""
    error = answer.get("error")
    if not isinstance(error, Mapping):
        said = error if isinstance(error, str) else answer.get("message")
        return refusal(body, said) if said else body.failure("neither success nor error")
    code, name = str(error.get("code")), str(error.get("type", ""))
    said = f"{code} {name}".rstrip()
    named = next((category for ending, category in _ENDINGS.items() if said.endswith(ending)), None)
    otherwise = body.category() if body.failed else Category.UNSUPPORTED
    return body.failure(said, named or _NUMBERS.get(code, otherwise))
