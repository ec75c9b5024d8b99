"""Speak Open Exchange Rates' API: dollar base, honest status codes, bid and ask on request.

Source: https://docs.openexchangerates.org/reference/api-introduction
"""

from calendar import monthrange
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from demo.feed import PIVOT, Rates
from demo.past import Past
from demo.vendors import Moment, cut_short, iso_date
from demo.vendors.keys import KEYS, MONTHLY_QUOTA
from demo.wire import Answer, Ask, Json, Num, fingerprint, http_date, json_answer, number

CONTENT_TYPE = "application/json; charset=utf-8"
PLACES = 6
INDENT = 2
DISCLAIMER = (
    "Simulated rates of a demo market, moved around real levels. Not market prices: use them for nothing."
)
LICENSE = "No licence is needed: nothing here comes from Open Exchange Rates, whose format this only follows."
TRUE = {"1", "true"}
FALSE = {"0", "false"}

ERRORS = {
    "missing_app_id": (401, "No App ID provided."),
    "invalid_app_id": (401, "Invalid App ID provided."),
    "not_allowed": (403, "Changing the API `base` currency is not available on this plan."),
    "invalid_base": (400, "The requested base currency is not supported."),
    "not_available": (400, "Historical rates for the requested date are not available."),
    "not_found": (404, "The requested resource does not exist."),
    "access_restricted": (429, "Access restricted until 2050-01-01 (reason: too_many_requests)."),
}


class OpenExchangeRates:
    """Answer for openexchangerates.org/api."""

    key: ClassVar[str] = "openexchangerates"

    def __init__(self, past: Past) -> None:
        self.past = past

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """Serve currencies, usage, the latest rates or a day's."""
        if ask.path == "currencies.json":
            names = {code: listing.name for code, listing in self.past.feed.listings.items()}
            return json_answer(200, names, _indent(ask), CONTENT_TYPE)
        refused = self._refused(ask)
        if refused is not None:
            return refused
        folder, _, file = ask.path.rpartition("/")
        if folder == "historical" and file.endswith(".json"):
            return self._historical(ask, moment, file.removesuffix(".json"))
        if ask.path == "usage.json":
            return json_answer(200, _usage(moment), _indent(ask), CONTENT_TYPE)
        if ask.path != "latest.json":
            return refusal("not_found")
        return self._success(ask, self.past.feed.per_usd(moment.slot, self.key), moment.now, {})

    def published(self, moment: Moment) -> Mapping[str, Json]:
        """Return the latest rates, with and without their spread."""
        rates = self.past.feed.per_usd(moment.slot, self.key)
        return {
            "base": PIVOT,
            "rates": {code: str(number(rate, PLACES)) for code, rate in rates.items()},
            "bid_ask": {
                code: {side: str(text) for side, text in self._sides(code, rate).items()}
                for code, rate in rates.items()
            },
        }

    def unauthorised(self) -> Answer:
        """Refuse with invalid_app_id."""
        return refusal("invalid_app_id")

    def over_quota(self) -> Answer:
        """Refuse with access_restricted."""
        return refusal("access_restricted")

    def throttled(self) -> Answer:
        """Refuse with access_restricted."""
        return refusal("access_restricted")

    def garbled(self, honest: Answer) -> Answer:
        """Cut the JSON short."""
        return cut_short(honest)

    def _refused(self, ask: Ask) -> Answer | None:
        scheme, _, token = ask.headers.get("authorization", "").partition(" ")
        key = ask.query.get("app_id") or (token.strip() if scheme.lower() == "token" else "")
        if not key:
            return refusal("missing_app_id")
        if key != KEYS[self.key]:
            return self.unauthorised()
        base = ask.query.get("base") or PIVOT
        if base == PIVOT:
            return None
        return refusal("not_allowed" if base in self.past.feed.listings else "invalid_base")

    def _historical(self, ask: Ask, moment: Moment, text: str) -> Answer:
        day = iso_date(text)
        found = self.past.day(self.key, day, moment) if day else None
        if found is None:
            return refusal("not_available")
        return self._success(ask, found.rates, found.stamp, found.marks)

    def _success(self, ask: Ask, rates: Rates, stamp: int, marks: Mapping[str, str]) -> Answer:
        wanted = ask.codes("symbols") or rates
        shown = {code: rate for code, rate in rates.items() if code in wanted}
        spread = ask.query.get("show_bid_ask", "").lower() in TRUE
        body: Json = {
            "disclaimer": DISCLAIMER,
            "license": LICENSE,
            "timestamp": stamp,
            "base": PIVOT,
            "rates": {
                code: self._sides(code, rate) if spread else number(rate, PLACES)
                for code, rate in shown.items()
            },
        }
        return _cacheable(json_answer(200, body, _indent(ask), CONTENT_TYPE), stamp, marks)

    def _sides(self, code: str, mid: Decimal) -> dict[str, Num]:
        bid, ask = self.past.feed.bid_ask(code, mid)
        return {"bid": number(bid, PLACES), "ask": number(ask, PLACES), "mid": number(mid, PLACES)}


def refusal(message: str) -> Answer:
    """Write one of Open Exchange Rates' named errors."""
    status, description = ERRORS[message]
    body: Json = {"error": True, "status": status, "message": message, "description": description}
    return json_answer(status, body, INDENT, CONTENT_TYPE)


def _indent(ask: Ask) -> int:
    return 0 if ask.query.get("prettyprint", "").lower() in FALSE else INDENT


def _cacheable(answer: Answer, stamp: int, marks: Mapping[str, str]) -> Answer:
    headers = {
        "ETag": f'"{fingerprint(answer.body)}"',
        "Last-Modified": http_date(stamp),
        "Cache-Control": "public",
        "Access-Control-Allow-Origin": "*",
    }
    return Answer(answer.status, answer.body, answer.content_type, {**headers, **marks})


def _usage(moment: Moment) -> Json:
    elapsed = moment.today.day
    return {
        "status": 200,
        "data": {
            "app_id": KEYS[OpenExchangeRates.key],
            "status": "active",
            "plan": {
                "name": "Demo",
                "quota": f"{MONTHLY_QUOTA} requests / month",
                "update_frequency": "1s",
                "features": {
                    "base": False,
                    "symbols": True,
                    "experimental": False,
                    "time-series": False,
                    "convert": False,
                    "bid-ask": True,
                },
            },
            "usage": {
                "requests": moment.requests,
                "requests_quota": MONTHLY_QUOTA,
                "requests_remaining": max(0, MONTHLY_QUOTA - moment.requests),
                "days_elapsed": elapsed,
                "days_remaining": monthrange(moment.today.year, moment.today.month)[1] - elapsed,
                "daily_average": moment.requests // elapsed,
            },
        },
    }
