"""Speak freecurrencyapi's API: 32 currencies besides the base's own, numbers without a date or a base.

Source: https://freecurrencyapi.com/docs
"""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from demo.feed import PIVOT, Rates, rebase
from demo.past import Past
from demo.vendors import Moment, iso_date
from demo.vendors.keys import KEYS, MINUTE_QUOTA, MONTHLY_QUOTA
from demo.wire import Answer, Ask, Json, Num, json_answer, number

PLACES = 10
# Two of them are gone: this vendor still lists them.
LISTED = (
    "AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON"
    " RUB SEK SGD THB TRY USD ZAR"
)
CODES = tuple(LISTED.split())
FIRST_DAY = date(1999, 1, 4)
HELP = "For more information, see documentation: https://freecurrencyapi.com/docs/status-codes#_422"


class FreeCurrencyApi:
    """Answer for api.freecurrencyapi.com/v1."""

    key: ClassVar[str] = "freecurrencyapi"

    def __init__(self, past: Past) -> None:
        self.past = past

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """Serve the latest rates, a day's, or the state of the quota."""
        if ask.path not in ("latest", "historical", "status"):
            return json_answer(404, {"message": "Not found"})
        if (ask.headers.get("apikey") or ask.query.get("apikey")) != KEYS[self.key]:
            return self.unauthorised()
        if ask.path == "status":
            return json_answer(200, _status(moment))
        errors = self._errors(ask, moment)
        if errors:
            return invalid(errors)
        return self._historical(ask, moment) if ask.path == "historical" else self._latest(ask, moment)

    def published(self, moment: Moment) -> Mapping[str, Json]:
        """Return the latest rates per dollar."""
        rates = _rebased(self.past.feed.per_usd(moment.slot, self.key), PIVOT)
        return {"base": PIVOT, "rates": {code: str(rate) for code, rate in rates.items()}}

    def unauthorised(self) -> Answer:
        """Refuse a wrong key."""
        return json_answer(401, {"message": "Invalid authentication credentials"})

    def over_quota(self) -> Answer:
        """Refuse for the month's quota, with none left in the header that clients look at."""
        text = "You used all your monthly requests. Please upgrade your plan."
        refused = json_answer(429, {"message": text})
        return refused.having(X_RateLimit_Limit_Quota_Month="5000", X_RateLimit_Remaining_Quota_Month="0")

    def throttled(self) -> Answer:
        """Refuse for the minute's limit."""
        return json_answer(429, {"message": "API rate limit exceeded"})

    def garbled(self, honest: Answer) -> Answer:
        """Quote with apostrophes, which JSON does not know."""
        return Answer(200, honest.body.replace(b'"', b"'"), honest.content_type)

    def _errors(self, ask: Ask, moment: Moment) -> dict[str, Json]:
        errors: dict[str, Json] = {}
        if ask.path == "historical" and not self._has_day(ask, moment):
            errors["date"] = ["The date is not a valid date."]
        if _base(ask) not in CODES:
            errors["base_currency"] = ["The selected base_currency is invalid."]
        if set(ask.codes("currencies") or ()) - set(CODES):
            errors["currencies"] = ["The selected currencies is invalid."]
        return errors

    def _has_day(self, ask: Ask, moment: Moment) -> bool:
        day = iso_date(ask.query.get("date", ""))
        return day is not None and FIRST_DAY <= day <= moment.today

    def _latest(self, ask: Ask, moment: Moment) -> Answer:
        rates = self.past.feed.per_usd(moment.slot, self.key)
        return _limited(json_answer(200, {"data": _shown(ask, rates)}), moment)

    def _historical(self, ask: Ask, moment: Moment) -> Answer:
        day = date.fromisoformat(ask.query["date"])
        found = self.past.day(self.key, day, moment)
        if found is None or _base(ask) not in found.rates:
            return invalid({"date": ["There are no rates for this date."]})
        answer = json_answer(200, {"data": {day.isoformat(): _shown(ask, found.rates)}})
        return _limited(Answer(answer.status, answer.body, answer.content_type, found.marks), moment)


def invalid(errors: Mapping[str, Json]) -> Answer:
    """Refuse a request's parameters."""
    return json_answer(422, {"message": "Validation error", "errors": errors, "info": HELP})


def _base(ask: Ask) -> str:
    return ask.query.get("base_currency") or PIVOT


def _rebased(per_usd: Rates, base: str) -> dict[str, Num]:
    rates = rebase({code: per_usd[code] for code in CODES if code in per_usd}, base)
    return {code: number(rate, PLACES) for code, rate in rates.items()}


def _shown(ask: Ask, per_usd: Rates) -> dict[str, Num]:
    rates = _rebased(per_usd, _base(ask))
    wanted = ask.codes("currencies")
    return rates if wanted is None else {code: rate for code, rate in rates.items() if code in wanted}


def _limited(answer: Answer, moment: Moment) -> Answer:
    return answer.having(
        X_RateLimit_Limit_Quota_Minute=str(MINUTE_QUOTA),
        X_RateLimit_Remaining_Quota_Minute=str(MINUTE_QUOTA - 1),
        X_RateLimit_Limit_Quota_Month=str(MONTHLY_QUOTA),
        X_RateLimit_Remaining_Quota_Month=str(max(0, MONTHLY_QUOTA - moment.requests)),
    )


def _status(moment: Moment) -> Json:
    month: Json = {
        "total": MONTHLY_QUOTA,
        "used": min(moment.requests, MONTHLY_QUOTA),
        "remaining": max(0, MONTHLY_QUOTA - moment.requests),
    }
    return {"account_id": 1, "quotas": {"month": month}}
