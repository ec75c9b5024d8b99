"""freecurrencyapi: few currencies, many digits, no date."""

from decimal import Decimal

import pytest

from demo.exchange import Exchange
from demo.tests.builders import ask, moment, parsed
from demo.vendors import Vendor

KEY = "demo-key-freecurrencyapi"
CODES = (
    "AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON"
    " RUB SEK SGD THB TRY USD ZAR"
)


@pytest.fixture(scope="module")
def free(exchange: Exchange) -> Vendor:
    return exchange.desks["freecurrencyapi"].vendor


def test_latest_has_the_vendors_shape(free: Vendor) -> None:
    answer = free.answer(ask("latest", apikey=KEY), moment())
    body = parsed(answer)
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert list(body) == ["data"]
    assert list(body["data"]) == CODES.split()
    assert body["data"]["USD"] == "1"
    assert max(len(rate.partition(".")[2]) for rate in body["data"].values()) == 10


def test_the_key_may_come_in_a_header(free: Vendor) -> None:
    assert free.answer(ask("latest", {"apikey": KEY}), moment()).status == 200


@pytest.mark.parametrize("path", ["latest", "historical", "status"])
@pytest.mark.parametrize("query", [{}, {"apikey": "nope"}])
def test_a_wrong_key_is_refused(free: Vendor, path: str, query: dict[str, str]) -> None:
    answer = free.answer(ask(path, **query), moment())
    assert (answer.status, answer.body) == (401, b'{"message":"Invalid authentication credentials"}')


def test_another_base_and_fewer_currencies_may_be_asked_for(free: Vendor) -> None:
    per_dollar = parsed(free.answer(ask("latest", apikey=KEY), moment()))["data"]
    body = parsed(free.answer(ask("latest", apikey=KEY, base_currency="EUR", currencies="USD,EUR"), moment()))
    assert list(body["data"]) == ["EUR", "USD"]
    assert body["data"]["EUR"] == "1"
    assert abs(Decimal(body["data"]["USD"]) * Decimal(per_dollar["EUR"]) - 1) < Decimal("1e-9")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"base_currency": "NGN"}, {"base_currency"}),
        ({"base_currency": "eur"}, {"base_currency"}),
        ({"currencies": "EUR,NGN"}, {"currencies"}),
        ({"base_currency": "XXX", "currencies": "usd"}, {"base_currency", "currencies"}),
    ],
)
def test_what_it_does_not_have_is_a_validation_error(
    free: Vendor, query: dict[str, str], fields: set[str]
) -> None:
    answer = free.answer(ask("latest", apikey=KEY, **query), moment())
    body = parsed(answer)
    assert answer.status == 422
    assert body["message"] == "Validation error"
    assert body["errors"].keys() == fields
    assert body["errors"] == {name: [f"The selected {name} is invalid."] for name in fields}
    assert body["info"].endswith("/status-codes#_422")


def test_a_past_day_is_nested_by_date(free: Vendor) -> None:
    answer = free.answer(ask("historical", apikey=KEY, date="2024-06-26", base_currency="EUR"), moment())
    day = parsed(answer)["data"]["2024-06-26"]
    assert (day["USD"], day["JPY"], day["GBP"]) == ("1.0689", "171.42", "0.84453")
    assert "RUB" not in day
    assert "X-Demo-Simulated-From" not in answer.headers


def test_a_simulated_day_is_marked(free: Vendor) -> None:
    answer = free.answer(ask("historical", apikey=KEY, date="2026-11-10"), moment())
    assert list(parsed(answer)["data"]["2026-11-10"]) == CODES.split()
    assert answer.headers["X-Demo-Simulated-From"] == "2026-11-02"


@pytest.mark.parametrize("day", ["", "1998-12-31", "2026-11-19", "2024-02-30", "26.06.2024"])
def test_what_is_no_day_of_its_history_is_a_validation_error(free: Vendor, day: str) -> None:
    answer = free.answer(ask("historical", apikey=KEY, date=day), moment())
    assert answer.status == 422
    assert parsed(answer)["errors"].keys() == {"date"}


def test_a_base_that_had_ended_is_a_validation_error(free: Vendor) -> None:
    answer = free.answer(ask("historical", apikey=KEY, date="2024-06-26", base_currency="HRK"), moment())
    assert answer.status == 422


def test_the_state_of_the_quota_counts_what_was_asked(free: Vendor) -> None:
    answer = free.answer(ask("status", apikey=KEY), moment(requests=71))
    month = parsed(answer)["quotas"]["month"]
    assert (month["used"], int(month["remaining"]) + 71) == ("71", int(month["total"]))


def test_its_headers_say_what_is_left(free: Vendor) -> None:
    headers = free.answer(ask("latest", apikey=KEY), moment(requests=3)).headers
    left = int(headers["X-RateLimit-Remaining-Quota-Month"])
    assert left == int(headers["X-RateLimit-Limit-Quota-Month"]) - 3
    assert int(headers["X-RateLimit-Remaining-Quota-Minute"]) > 0


@pytest.mark.parametrize("path", ["", "latest/", "range", "v1/latest"])
def test_other_paths_are_not_found(free: Vendor, path: str) -> None:
    assert free.answer(ask(path, apikey=KEY), moment()).status == 404


def test_what_it_publishes_is_what_it_answers(free: Vendor) -> None:
    rates = parsed(free.answer(ask("latest", apikey=KEY), moment()))["data"]
    assert free.published(moment()) == {"base": "USD", "rates": rates}
