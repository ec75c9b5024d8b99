"""Fixer: euro base, errors in a 200."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.exchange import Exchange
from demo.tests.builders import AFTERNOON, ask, moment, parsed
from demo.vendors import Vendor
from demo.vendors.fixer import php_number
from demo.wire import Answer

KEY = "demo-key-fixer"
STAMP = str(int(AFTERNOON.timestamp()))


@pytest.fixture(scope="module")
def fixer(exchange: Exchange) -> Vendor:
    return exchange.desks["fixer"].vendor


def error(answer: Answer) -> tuple[str, str]:
    """Return the code and the type of an error."""
    body = parsed(answer)
    assert body["success"] is False
    return body["error"]["code"], body["error"]["type"]


def test_latest_has_fixers_shape(fixer: Vendor) -> None:
    answer = fixer.answer(ask("latest", access_key=KEY, symbols="USD"), moment())
    body = parsed(answer)
    assert (answer.status, answer.content_type) == (200, "application/json; Charset=UTF-8")
    assert list(body) == ["success", "timestamp", "base", "date", "rates"]
    assert body == {
        "success": True,
        "timestamp": STAMP,
        "base": "EUR",
        "date": "2026-11-18",
        "rates": {"USD": body["rates"]["USD"]},
    }
    assert b" " not in answer.body


def test_rates_have_six_decimals_and_the_base_is_one(fixer: Vendor) -> None:
    rates = parsed(fixer.answer(ask("latest", access_key=KEY), moment()))["rates"]
    assert rates["EUR"] == "1"
    assert len(rates) > 160
    assert all(
        len(rate.partition(".")[2]) <= 6 for rate in rates.values() if Decimal(rate) > Decimal("0.001")
    )
    assert Decimal("1.09") < Decimal(rates["USD"]) < Decimal("1.15")
    assert list(rates) == sorted(rates)


@pytest.mark.parametrize(
    ("rate", "text"),
    [("1.0947685", "1.094769"), ("0.0000111809", "1.11809e-5"), ("0.00001", "1.0e-5"), ("0.0001", "0.0001")],
)
def test_tiny_rates_are_written_as_php_does(rate: str, text: str) -> None:
    assert php_number(Decimal(rate)) == text


def test_symbols_filter_in_the_order_asked(fixer: Vendor) -> None:
    rates = parsed(fixer.answer(ask("latest", access_key=KEY, symbols="USD,AED,EUR"), moment()))["rates"]
    assert list(rates) == ["USD", "AED", "EUR"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ("101", "invalid_access_key")),
        ({"access_key": "demo-key-fixer2"}, ("101", "invalid_access_key")),
        ({"access_key": KEY, "base": "USD"}, ("105", "base_currency_access_restricted")),
        ({"access_key": KEY, "base": "XYZ"}, ("201", "invalid_base_currency")),
        ({"access_key": KEY, "symbols": "USD,XYZ"}, ("202", "invalid_currency_codes")),
        ({"access_key": KEY, "symbols": "usd"}, ("202", "invalid_currency_codes")),
    ],
)
def test_refusals_come_with_status_200(
    fixer: Vendor, query: dict[str, str], expected: tuple[str, str]
) -> None:
    answer = fixer.answer(ask("latest", **query), moment())
    assert answer.status == 200
    assert error(answer) == expected


def test_the_base_it_has_may_be_named(fixer: Vendor) -> None:
    assert parsed(fixer.answer(ask("latest", access_key=KEY, base="EUR"), moment()))["success"] is True


def test_the_restricted_base_is_refused_in_fixers_own_bytes(fixer: Vendor) -> None:
    answer = fixer.answer(ask("latest", access_key=KEY, base="USD"), moment())
    assert answer.body == b'{"success":false,"error":{"code":105,"type":"base_currency_access_restricted"}}'


def test_a_past_day_is_the_ecbs_stamped_with_its_last_second(fixer: Vendor) -> None:
    answer = fixer.answer(ask("2024-06-26", access_key=KEY, symbols="USD,JPY,GBP,EUR"), moment())
    assert parsed(answer) == {
        "success": True,
        "timestamp": "1719446399",
        "historical": True,
        "base": "EUR",
        "date": "2024-06-26",
        "rates": {"USD": "1.0689", "JPY": "171.42", "GBP": "0.84453", "EUR": "1"},
    }
    assert "X-Demo-Simulated-From" not in answer.headers


def test_a_weekend_shows_the_friday_before(fixer: Vendor) -> None:
    sunday, friday = (
        parsed(fixer.answer(ask(day, access_key=KEY), moment())) for day in ("2024-06-30", "2024-06-28")
    )
    assert sunday["rates"] == friday["rates"]
    assert (sunday["date"], sunday["timestamp"]) == ("2024-06-30", "1719791999")


def test_a_currency_that_was_not_yet_there_is_left_out(fixer: Vendor) -> None:
    rates = parsed(fixer.answer(ask("1999-01-04", access_key=KEY, symbols="USD,CNY"), moment()))["rates"]
    assert rates == {"USD": "1.1789"}


def test_a_simulated_past_day_is_marked_and_has_every_currency(fixer: Vendor) -> None:
    answer = fixer.answer(ask("2026-11-10", access_key=KEY), moment())
    assert answer.headers["X-Demo-Simulated-From"] == "2026-11-02"
    assert (
        parsed(answer)["rates"].keys()
        == parsed(fixer.answer(ask("latest", access_key=KEY), moment()))["rates"].keys()
    )


def test_today_is_the_latest(fixer: Vendor) -> None:
    today = parsed(fixer.answer(ask("2026-11-18", access_key=KEY), moment()))
    latest = parsed(fixer.answer(ask("latest", access_key=KEY), moment()))
    assert today.pop("historical") is True
    assert today == latest


@pytest.mark.parametrize("day", ["1998-12-31", "2026-11-19", "0001-01-01", "9999-12-31"])
def test_days_without_rates_give_error_106(fixer: Vendor, day: str) -> None:
    assert error(fixer.answer(ask(day, access_key=KEY), moment())) == ("106", "no_rates_available")


@pytest.mark.parametrize("day", ["2024-02-30", "20240626", "2024-6-26", "2024-W26-3", "1"])
def test_what_is_no_date_gives_error_302(fixer: Vendor, day: str) -> None:
    assert error(fixer.answer(ask(day, access_key=KEY), moment())) == ("302", "invalid_date")


@pytest.mark.parametrize("path", ["", "symbols", "latest/", "api/latest"])
def test_other_paths_give_404(fixer: Vendor, path: str) -> None:
    answer = fixer.answer(ask(path, access_key=KEY), moment())
    assert answer.status == 404
    assert error(answer) == ("404", "404_not_found")


def test_its_entity_tags_are_unquoted_and_follow_the_body(fixer: Vendor) -> None:
    first, again, later = (
        fixer.answer(ask("latest", access_key=KEY), at)
        for at in (moment(), moment(), moment(datetime(2026, 11, 18, 12, 0, 1, tzinfo=UTC)))
    )
    assert first.headers["ETag"] == again.headers["ETag"] != later.headers["ETag"]
    assert first.headers["ETag"].isalnum()
    assert first.headers["Last-Modified"] == "Wed, 18 Nov 2026 12:00:00 GMT"
    assert first.headers["x-apilayer-transaction-id"]


def test_what_it_publishes_is_what_it_answers(fixer: Vendor) -> None:
    assert fixer.published(moment()) == {
        "base": "EUR",
        "rates": parsed(fixer.answer(ask("latest", access_key=KEY), moment()))["rates"],
    }
