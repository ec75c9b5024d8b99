"""The market's own endpoint, on the real server."""

from typing import Any

import pytest

from demo.tests.builders import json_of
from demo.tests.running import Running, eventually

INTRADAY = ("fixer", "openexchangerates", "freecurrencyapi")
RATES = {"fixer": "rates", "openexchangerates": "rates", "freecurrencyapi": "data"}


def levels(market: Running, vendor: str) -> Any:
    """Return what a vendor publishes now."""
    return market.client.get("/control/levels", params={"vendor": vendor}).raise_for_status().json()


def rates(market: Running, vendor: str) -> dict[str, str]:
    """Return what a vendor answers now, numbers as text."""
    told: dict[str, str] = json_of(market.latest(vendor).content)[RATES[vendor]]
    return told


def test_status_tells_what_can_be_switched(market: Running) -> None:
    status = market.status()
    assert (status["seed"], status["frozen"], status["open"]) == (7, False, True)
    assert set(status["vendors"]) == {"ecb", *INTRADAY}
    assert all(vendor["fault"] == "none" for vendor in status["vendors"].values())


def test_requests_are_counted_per_vendor_whatever_they_get(market: Running) -> None:
    before = market.status()["vendors"]
    market.latest("fixer")
    market.latest("fixer", access_key="wrong")
    market.client.get("/fixer/nowhere")
    market.latest("ecb")
    after = market.status()["vendors"]
    assert after["fixer"]["requests"] - before["fixer"]["requests"] == 3
    assert after["ecb"]["requests"] - before["ecb"]["requests"] == 1
    assert after["openexchangerates"]["requests"] == before["openexchangerates"]["requests"]


def test_faults_are_shown_with_their_seconds(market: Running) -> None:
    market.fault("fixer", "delay", 1.5)
    told = market.status()["vendors"]
    assert (told["fixer"]["fault"], told["fixer"]["seconds"]) == ("delay", 1.5)
    assert (told["ecb"]["fault"], told["ecb"]["seconds"]) == ("none", None)


def test_prices_move_within_seconds(market: Running) -> None:
    first = {vendor: rates(market, vendor) for vendor in INTRADAY}
    eventually(lambda: all(rates(market, vendor) != first[vendor] for vendor in INTRADAY))


def test_a_frozen_market_keeps_its_levels_while_the_clocks_go_on(market: Running) -> None:
    market.turn(frozen=True)
    first = {vendor: rates(market, vendor) for vendor in INTRADAY}
    stamp = market.latest("fixer").json()["timestamp"]
    eventually(lambda: market.latest("fixer").json()["timestamp"] > stamp)
    assert {vendor: rates(market, vendor) for vendor in INTRADAY} == first
    assert market.status()["frozen"] is True


@pytest.mark.parametrize("vendor", INTRADAY)
def test_levels_are_exactly_what_the_vendor_publishes(market: Running, vendor: str) -> None:
    market.turn(frozen=True)
    told = levels(market, vendor)
    assert told["vendor"] == vendor
    assert told["base"] == ("EUR" if vendor == "fixer" else "USD")
    assert told["rates"] == rates(market, vendor)


def test_levels_have_bid_and_ask_where_the_vendor_has(market: Running) -> None:
    market.turn(frozen=True)
    asked = json_of(market.latest("openexchangerates", show_bid_ask="1").content)["rates"]
    assert levels(market, "openexchangerates")["bid_ask"] == asked


def test_levels_of_the_ecb_are_its_daily_file(market: Running) -> None:
    told = levels(market, "ecb")
    daily = market.latest("ecb").text
    assert f"<Cube time='{told['date']}'>" in daily
    assert all(f"<Cube currency='{code}' rate='{rate}'/>" in daily for code, rate in told["rates"].items())


@pytest.mark.parametrize(
    "order",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"fixer"',
        b"\xff\xfe",
        b"[" * 16_000,
        b"{}",
        b'{"vendor":"fixer"}',
        b'{"fault":"none"}',
        b'{"vendor":"nobody","fault":"none"}',
        b'{"vendor":["fixer"],"fault":"none"}',
        b'{"vendor":"fixer","fault":"500 "}',
        b'{"vendor":"fixer","fault":500}',
        b'{"vendor":"fixer","fault":"delay","seconds":-1}',
        b'{"vendor":"fixer","fault":"delay","seconds":"2"}',
        b'{"vendor":"fixer","fault":"delay","seconds":true}',
        b'{"vendor":"fixer","fault":"delay","seconds":NaN}',
        b'{"vendor":"fixer","fault":"delay","seconds":1e999}',
        b'{"vendor":"fixer","fault":"delay","seconds":3601}',
        b'{"vendor":"fixer","fault":"none","colour":"red"}',
        b'{"vendor":"fixer","fault":"none","seconds":' + b"9" * 5_000 + b"}",
        b" " * 20_000,
    ],
)
def test_bad_faults_are_refused_with_a_reason(market: Running, order: bytes) -> None:
    answer = market.client.post("/control/faults", content=order)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert market.status()["vendors"]["fixer"]["fault"] == "none"


@pytest.mark.parametrize(
    "order", [b"{}", b'{"frozen":1}', b'{"open":"no"}', b'{"frozen":null}', b'{"shut":true}']
)
def test_bad_switches_are_refused_with_a_reason(market: Running, order: bytes) -> None:
    answer = market.client.post("/control/market", content=order)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (market.status()["frozen"], market.status()["open"]) == (False, True)


@pytest.mark.parametrize("vendor", [{}, {"vendor": ""}, {"vendor": "*"}, {"vendor": "nobody"}])
def test_levels_of_nobody_are_refused(market: Running, vendor: dict[str, str]) -> None:
    assert market.client.get("/control/levels", params=vendor).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/control/status", 405),
        ("GET", "/control/faults", 405),
        ("DELETE", "/control/market", 405),
        ("GET", "/control", 404),
        ("GET", "/control/keys", 404),
    ],
)
def test_other_requests_are_refused(market: Running, method: str, path: str, status: int) -> None:
    assert market.client.request(method, path).status_code == status
