"""Open Exchange Rates: dollar base, honest status codes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.exchange import Exchange
from demo.tests.builders import AFTERNOON, ask, moment, parsed
from demo.vendors import Vendor

KEY = "demo-key-openexchangerates"
STAMP = str(int(AFTERNOON.timestamp()))


@pytest.fixture(scope="module")
def oxr(exchange: Exchange) -> Vendor:
    return exchange.desks["openexchangerates"].vendor


def test_latest_has_the_vendors_shape(oxr: Vendor) -> None:
    answer = oxr.answer(ask("latest.json", app_id=KEY), moment())
    body = parsed(answer)
    assert (answer.status, answer.content_type) == (200, "application/json; charset=utf-8")
    assert list(body) == ["disclaimer", "license", "timestamp", "base", "rates"]
    assert (body["timestamp"], body["base"], body["rates"]["USD"]) == (STAMP, "USD", "1")
    assert "imulated" in body["disclaimer"]
    assert list(body["rates"]) == sorted(body["rates"])
    assert {"BTC", "XAU", "XDR", "CNH", "GGP", "NGN"} < body["rates"].keys()
    assert body["rates"]["AED"] == "3.6725"


def test_it_is_indented_unless_asked_otherwise(oxr: Vendor) -> None:
    pretty = oxr.answer(ask("latest.json", app_id=KEY), moment())
    plain = oxr.answer(ask("latest.json", app_id=KEY, prettyprint="0"), moment())
    assert b'\n  "base": "USD",\n  "rates": {\n    "AED": 3.6725,\n' in pretty.body
    assert b"\n" not in plain.body
    assert parsed(pretty) == parsed(plain)


def test_symbols_filter_and_unknown_ones_are_ignored(oxr: Vendor) -> None:
    body = parsed(
        oxr.answer(ask("latest.json", app_id=KEY, symbols="JPY,EUR,XYZ", base_currency="x"), moment())
    )
    assert list(body["rates"]) == ["EUR", "JPY"]


def test_bid_and_ask_enclose_the_mid(oxr: Vendor) -> None:
    mids = parsed(oxr.answer(ask("latest.json", app_id=KEY), moment()))["rates"]
    sides = parsed(oxr.answer(ask("latest.json", app_id=KEY, show_bid_ask="1"), moment()))["rates"]
    assert {code: side["mid"] for code, side in sides.items()} == mids
    assert all(
        Decimal(side["bid"]) <= Decimal(side["mid"]) <= Decimal(side["ask"]) for side in sides.values()
    )
    assert Decimal(sides["EUR"]["bid"]) < Decimal(sides["EUR"]["ask"])
    assert sides["USD"] == {"bid": "1", "ask": "1", "mid": "1"}


def test_the_key_may_come_in_a_header(oxr: Vendor) -> None:
    assert oxr.answer(ask("latest.json", {"authorization": f"Token {KEY}"}), moment()).status == 200


@pytest.mark.parametrize(
    ("query", "headers", "status", "message"),
    [
        ({}, {}, 401, "missing_app_id"),
        ({"app_id": ""}, {}, 401, "missing_app_id"),
        ({"app_id": "nope"}, {}, 401, "invalid_app_id"),
        ({}, {"authorization": "Token nope"}, 401, "invalid_app_id"),
        ({}, {"authorization": f"Bearer {KEY}"}, 401, "missing_app_id"),
        ({"app_id": KEY, "base": "EUR"}, {}, 403, "not_allowed"),
        ({"app_id": KEY, "base": "XYZ"}, {}, 400, "invalid_base"),
    ],
)
def test_refusals_have_an_honest_status(
    oxr: Vendor, query: dict[str, str], headers: dict[str, str], status: int, message: str
) -> None:
    answer = oxr.answer(ask("latest.json", headers, **query), moment())
    body = parsed(answer)
    assert list(body) == ["error", "status", "message", "description"]
    assert (answer.status, body["error"], body["status"], body["message"]) == (
        status,
        True,
        str(status),
        message,
    )


def test_a_past_day_is_the_ecbs_against_the_dollar(oxr: Vendor) -> None:
    body = parsed(oxr.answer(ask("historical/2024-06-26.json", app_id=KEY), moment()))
    assert body["timestamp"] == "1719446399"
    assert body["rates"]["EUR"] == str(round(1 / Decimal("1.0689"), 6))
    assert body["rates"]["JPY"] == str(round(Decimal("171.42") / Decimal("1.0689"), 6))
    assert "NGN" not in body["rates"]


def test_a_past_day_has_bid_and_ask_too(oxr: Vendor) -> None:
    query = {"app_id": KEY, "show_bid_ask": "true", "symbols": "EUR"}
    body = parsed(oxr.answer(ask("historical/2024-06-26.json", **query), moment()))
    assert list(body["rates"]["EUR"]) == ["bid", "ask", "mid"]


def test_a_simulated_day_is_marked(oxr: Vendor) -> None:
    answer = oxr.answer(ask("historical/2026-11-10.json", app_id=KEY), moment())
    assert answer.headers["X-Demo-Simulated-From"] == "2026-11-02"
    assert "NGN" in parsed(answer)["rates"]


@pytest.mark.parametrize("day", ["1998-12-31", "2026-11-19", "2024-02-30", "yesterday", ""])
def test_days_without_rates_are_not_available(oxr: Vendor, day: str) -> None:
    answer = oxr.answer(ask(f"historical/{day}.json", app_id=KEY), moment())
    assert (answer.status, parsed(answer)["message"]) == (400, "not_available")


@pytest.mark.parametrize("path", ["", "latest", "latest.json/", "historical/2024-06-26", "convert/1/EUR/USD"])
def test_other_paths_are_not_found(oxr: Vendor, path: str) -> None:
    answer = oxr.answer(ask(path, app_id=KEY), moment())
    assert (answer.status, parsed(answer)["message"]) == (404, "not_found")


def test_currencies_need_no_key(oxr: Vendor) -> None:
    names = parsed(oxr.answer(ask("currencies.json"), moment()))
    assert names["AED"] == "United Arab Emirates Dirham"
    assert names["STN"] == "São Tomé and Príncipe Dobra"


def test_usage_counts_what_was_asked(oxr: Vendor) -> None:
    told = parsed(oxr.answer(ask("usage.json", app_id=KEY), moment(requests=36)))["data"]
    assert told["status"] == "active"
    assert told["usage"] == {
        "requests": "36",
        "requests_quota": "10000000",
        "requests_remaining": "9999964",
        "days_elapsed": "18",
        "days_remaining": "12",
        "daily_average": "2",
    }


def test_its_entity_tags_are_quoted_and_follow_the_body(oxr: Vendor) -> None:
    first, later = (
        oxr.answer(ask("latest.json", app_id=KEY), at)
        for at in (moment(), moment(datetime(2026, 11, 18, 12, 0, 1, tzinfo=UTC)))
    )
    assert first.headers["ETag"] != later.headers["ETag"]
    assert first.headers["ETag"].strip('"').isalnum()
    assert first.headers["ETag"][0] == first.headers["ETag"][-1] == '"'
    assert first.headers["Last-Modified"] == "Wed, 18 Nov 2026 12:00:00 GMT"


def test_what_it_publishes_is_what_it_answers(oxr: Vendor) -> None:
    assert oxr.published(moment()) == {
        "base": "USD",
        "rates": parsed(oxr.answer(ask("latest.json", app_id=KEY), moment()))["rates"],
        "bid_ask": parsed(oxr.answer(ask("latest.json", app_id=KEY, show_bid_ask="1"), moment()))["rates"],
    }
