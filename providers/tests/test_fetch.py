"""Asking a source over a real socket: every end has its category, its bound in time and its one row."""

import socket
import time
from datetime import timedelta
from threading import Event

import pytest
from pytest_django import Settings

from providers import fetch as fetching
from providers.adapters.base import Ask, Tick
from providers.fetch import asked_for, endpoint, fetch, fetch_ticks
from providers.models import Outcome, Poll, Provider
from providers.tests.builders import NOW, only_poll, source, tick
from providers.tests.conftest import reload_keys
from providers.tests.servers import KEYS, Market

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
KEY = "key-of-a-scripted-vendor"
ASK = Ask(frozenset(CURRENCIES), today=NOW.date())
SHORT_DEADLINE_S = 0.4
# How each fault of the market has to end; the ECB has no key, so a refusal is the network's.
FAULTS = {
    "none": "ok",
    "delay": "ok",
    "hang": "unavailable",
    "500": "unavailable",
    "429": "quota",
    "garbage": "bad_body",
    "truncated": "bad_body",
    "html": "bad_body",
    "drip": "unavailable",
    "bomb": "bad_body",
    "xml-bomb": "bad_body",
    "redirect": "unavailable",
    "huge": "bad_body",
    "quota": "quota",
    "auth": "auth",
}


def at_market(key: str) -> Provider:
    return source(key, api_key=KEYS.get(key, ""))


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", SHORT_DEADLINE_S)


@pytest.mark.parametrize("key", ["ecb", *KEYS])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_its_category_in_time_and_in_one_row(
    market: Market, monkeypatch: pytest.MonkeyPatch, key: str, fault: str
) -> None:
    if fault in ("hang", "drip"):
        monkeypatch.setattr(fetching, "TOTAL_SECONDS", SHORT_DEADLINE_S)
    provider, expected = at_market(key), "unavailable" if (key, fault) == ("ecb", "auth") else FAULTS[fault]
    market.fault(key, fault, seconds=0.05 if fault == "delay" else None)
    asked = market.requests(key)
    ticks = fetch_ticks(provider, NOW, CURRENCIES)
    poll = only_poll()
    assert (poll.provider, poll.started_at, poll.outcome) == (provider, NOW, expected), poll.detail
    assert poll.latency_ms < (fetching.TOTAL_SECONDS + 1) * 1000
    assert poll.ticks == len(ticks)
    assert (expected == "ok") == bool(ticks) == (poll.detail == "")
    assert market.requests(key) == asked + (2 if fault == "500" else 1)


@pytest.mark.parametrize("key", ["ecb", *KEYS])
def test_the_ticks_of_a_source_are_its_own_and_stamped_by_our_clock(market: Market, key: str) -> None:
    fetched = fetch(at_market(key), ASK, NOW)
    assert {tick.provider for tick in fetched.ticks} == {key}
    assert {tick.received_at - tick.as_of > timedelta(seconds=-2) for tick in fetched.ticks} == {True}
    assert len({tick.received_at for tick in fetched.ticks}) == 1
    assert {"EUR", "USD", "GBP", "JPY"} <= {
        code for tick in fetched.ticks for code in (tick.base, tick.quote)
    }
    assert Poll.objects.count() == 0


@pytest.mark.usefixtures("short_deadline")
def test_a_delay_beyond_the_deadline_is_unavailable(market: Market) -> None:
    market.fault("fixer", "delay", seconds=30)
    fetched = fetch(at_market("fixer"), ASK, NOW)
    assert (fetched.outcome, fetched.detail) == (Outcome.UNAVAILABLE, "TimeoutError")
    assert fetched.latency < timedelta(seconds=fetching.TOTAL_SECONDS + 1)


def test_parameters_of_the_plan_travel_along(market: Market) -> None:
    provider = source(
        "openexchangerates", api_key=KEYS["openexchangerates"], parameters={"show_bid_ask": "1"}
    )
    fetched = fetch(provider, ASK, NOW)
    assert fetched.ticks
    assert all(tick.bid and tick.ask and tick.bid <= tick.mid <= tick.ask for tick in fetched.ticks)


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_key_is_auth(market: Market, key: str) -> None:
    assert fetch_ticks(source(key, api_key="not-the-key"), NOW, CURRENCIES) == []
    assert only_poll().outcome == "auth"


@pytest.mark.parametrize("key", KEYS)
def test_without_its_key_a_source_is_not_asked(market: Market, key: str) -> None:
    asked = market.requests(key)
    assert fetch_ticks(source(key), NOW, CURRENCIES) == []
    assert (only_poll().outcome, only_poll().detail) == ("auth", "no API key is set")
    assert market.requests(key) == asked


def test_a_key_that_cannot_be_read_is_auth_and_not_asked(market: Market, fernet_keys: Settings) -> None:
    provider, present = at_market("fixer"), fernet_keys.FX_SECRET_KEYS
    asked = market.requests("fixer")
    reload_keys(fernet_keys, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    assert fetch_ticks(provider, NOW, CURRENCIES) == []
    assert (only_poll().outcome, only_poll().detail) == ("auth", "no key of FX_SECRET_KEYS opens this secret")
    assert market.requests("fixer") == asked
    reload_keys(fernet_keys, *present)
    assert fetch_ticks(provider, NOW, CURRENCIES)


def test_where_nobody_listens_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        fetch_ticks(source(api_key=KEY, base_url=nobody), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("unavailable", "ConnectError")


@pytest.mark.usefixtures("short_deadline")
def test_a_resolver_that_hangs_holds_nobody_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    # No resolver of ours can be made to hang, so the call to it is.
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(10) and [])
    began = time.monotonic()
    try:
        fetched = fetch(source(api_key=KEY, base_url="http://vendor.example/"), ASK, NOW)
        took = time.monotonic() - began
    finally:
        answered.set()
    assert fetched.outcome == Outcome.UNAVAILABLE
    assert took < fetching.TOTAL_SECONDS + 1


def test_in_demo_a_source_is_asked_at_the_market_and_live_at_its_own_address(settings: Settings) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO_MARKET_URL = "demo", "http://127.0.0.1:8100"
    assert endpoint(Provider(key="fixer")) == "http://127.0.0.1:8100/fixer/"
    assert endpoint(Provider(key="fixer", base_url="http://vendor.example/v1")) == "http://vendor.example/v1/"
    settings.FX_ENVIRONMENT = "live"
    assert endpoint(Provider(key="fixer")) == "https://data.fixer.io/api/"


def stated(*symbols: str) -> list[Tick]:
    return [tick(symbol) for symbol in symbols]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (("EUR/USD", "EUR/JPY", "EUR/KES"), ["EUR/USD", "EUR/JPY"]),
        (("USD/PLN", "JPY/PLN", "KES/PLN"), ["USD/PLN", "JPY/PLN"]),
        (("USD/JPY", "USD/KES"), ["USD/JPY"]),
        (("EUR/USD", "USD/JPY", "EUR/JPY"), ["USD/JPY"]),
    ],
)
def test_of_a_whole_table_only_what_was_asked_for_is_passed_on(
    said: tuple[str, ...], kept: list[str]
) -> None:
    found = asked_for(stated(*said), frozenset({"USD", "JPY"}))
    assert [f"{t.base}/{t.quote}" for t in found] == kept
