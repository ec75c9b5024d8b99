"""Speak Fixer's API: euro base, and most errors inside an HTTP 200.

Source: https://fixer.io/documentation
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

from demo.feed import Rates, rebase
from demo.past import Past
from demo.vendors import Moment, iso_date
from demo.vendors.keys import KEYS
from demo.wire import Answer, Ask, Json, Num, fingerprint, http_date, json_answer, number, page

CONTENT_TYPE = "application/json; Charset=UTF-8"
PLACES = 6
# PHP, which Fixer runs on, writes numbers below this with an exponent.
PHP_EXPONENT_BELOW = Decimal("0.0001")

ERRORS = {
    101: ("invalid_access_key", "You have not supplied a valid API Access Key."),
    104: ("monthly_limit_reached", "Your monthly API request volume has been reached."),
    106: ("no_rates_available", "Your query did not return any results. Please try again."),
    201: ("invalid_base_currency", "You have entered an invalid base currency."),
    202: ("invalid_currency_codes", "You have provided one or more invalid Currency Codes."),
    302: ("invalid_date", "You have entered an invalid date. [Required format: date=YYYY-MM-DD]"),
    404: ("404_not_found", "The requested resource does not exist."),
}
BASE_RESTRICTED: Json = {"success": False, "error": {"code": 105, "type": "base_currency_access_restricted"}}


class Fixer:
    """Answer for data.fixer.io."""

    key: ClassVar[str] = "fixer"

    def __init__(self, past: Past) -> None:
        self.past = past

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """Serve `latest` or a day."""
        dated = ask.path != "latest"
        if dated and not ask.path[:1].isdigit():
            return refusal(404, status=404)
        refused = self._refused(ask)
        if refused is not None:
            return refused
        return self._dated(ask, moment) if dated else self._latest(ask, moment)

    def published(self, moment: Moment) -> Mapping[str, Json]:
        """Return the latest rates."""
        return {"base": "EUR", "rates": {code: str(rate) for code, rate in self._rates(moment).items()}}

    def unauthorised(self) -> Answer:
        """Refuse with error 101."""
        return refusal(101)

    def over_quota(self) -> Answer:
        """Refuse with error 104."""
        return refusal(104)

    def throttled(self) -> Answer:
        """Refuse as the gateway in front does."""
        return json_answer(429, {"message": "API rate limit exceeded"})

    def garbled(self, honest: Answer) -> Answer:
        """Show a web page in the answer's place, still called JSON."""
        return Answer(200, page(200, "Scheduled maintenance").body, honest.content_type)

    def _refused(self, ask: Ask) -> Answer | None:
        if ask.query.get("access_key") != KEYS[self.key]:
            return self.unauthorised()
        base = ask.query.get("base") or "EUR"
        if base != "EUR":
            return json_answer(200, BASE_RESTRICTED) if base in self.past.feed.listings else refusal(201)
        unknown = set(ask.codes("symbols") or ()) - self.past.feed.listings.keys()
        return refusal(202) if unknown else None

    def _latest(self, ask: Ask, moment: Moment) -> Answer:
        return _success(ask, self._rates(moment), moment.now, {}, {})

    def _dated(self, ask: Ask, moment: Moment) -> Answer:
        day = iso_date(ask.path)
        if day is None:
            return refusal(302)
        found = self.past.day(self.key, day, moment)
        if found is None:
            return refusal(106)
        return _success(ask, _per_euro(found.rates), found.stamp, {"historical": True}, found.marks)

    def _rates(self, moment: Moment) -> dict[str, Num]:
        return _per_euro(self.past.feed.per_usd(moment.slot, self.key))


def refusal(code: int, status: int = 200) -> Answer:
    """Write one of Fixer's numbered errors."""
    kind, text = ERRORS[code]
    error: Json = {"code": code, "type": kind, "info": text}
    return json_answer(status, {"success": False, "error": error}, content_type=CONTENT_TYPE)


def php_number(amount: Decimal) -> Num:
    """Write a rate as PHP's JSON does: 1.234567, but 8.9512e-6."""
    plain = number(amount, PLACES)
    if Decimal(plain) >= PHP_EXPONENT_BELOW:
        return plain
    mantissa, exponent = f"{Decimal(plain).normalize():e}".split("e")
    return Num(f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent)}")


def _per_euro(per_usd: Rates) -> dict[str, Num]:
    return {code: php_number(rate) for code, rate in rebase(per_usd, "EUR").items()}


def _success(
    ask: Ask, rates: Mapping[str, Num], stamp: int, extra: Mapping[str, Json], marks: Mapping[str, str]
) -> Answer:
    wanted = ask.codes("symbols")
    shown = rates if wanted is None else {code: rates[code] for code in wanted if code in rates}
    day = datetime.fromtimestamp(stamp, UTC).date().isoformat()
    body: Json = {"success": True, "timestamp": stamp, **extra, "base": "EUR", "date": day, "rates": shown}
    answer = json_answer(200, body, content_type=CONTENT_TYPE)
    tag = fingerprint(answer.body)
    # Fixer's entity tags come without the quotes that HTTP asks for.
    headers = {"ETag": tag, "Last-Modified": http_date(stamp), "x-apilayer-transaction-id": tag[:16]}
    return Answer(answer.status, answer.body, answer.content_type, {**headers, **marks})
