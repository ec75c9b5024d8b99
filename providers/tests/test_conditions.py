"""Asking only for what has changed, and never losing a rate by it."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from pytest_django import Settings

from providers.adapters.base import Ask
from providers.fetch import fetch
from providers.fetched import Fetched
from providers.models import Provider
from providers.services import keep
from providers.tests.builders import NOW, source
from providers.tests.servers import Heard, Reply, Scripted

pytestmark = pytest.mark.django_db
KEY = "key/of:a scripted=vendor"
ASK = Ask(frozenset({"EUR", "USD"}), today=NOW.date())
OK = b'{"success":true,"timestamp":1795183686,"base":"EUR","rates":{"USD":1.084361,"JPY":163.2}}'
UNTIMED = b'{"data":{"currency":"USD","rates":{"EUR":"0.92"}}}'
TAG = {"ETag": 'W/"one"', "Last-Modified": "Fri, 20 Nov 2026 14:00:00 GMT"}


def answer(heard: Heard) -> Reply:
    """Answer as a vendor whose rates never change."""
    return Reply(304, headers=TAG) if "If-None-Match" in heard.headers else Reply(200, OK, TAG)


@pytest.fixture
def provider(vendor: Scripted) -> Provider:
    """Store a source at the scripted vendor."""
    vendor.script = answer
    return source(api_key=KEY, base_url=vendor.url)


def store(fetched: Fetched) -> None:
    """Store the rates of what was asked for."""
    assert keep(tick for tick in fetched.ticks if "JPY" not in (tick.base, tick.quote))


def test_what_is_stored_is_asked_for_under_the_condition_that_it_changed(
    vendor: Scripted, provider: Provider
) -> None:
    store(fetch(provider, ASK, NOW))
    fetched = fetch(provider, ASK, NOW)
    assert (fetched.outcome, fetched.ticks, fetched.detail) == ("ok", [], "")
    headers = vendor.heard[1].headers
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == (TAG["ETag"], TAG["Last-Modified"])


def test_what_was_lost_on_its_way_is_asked_for_again(vendor: Scripted, provider: Provider) -> None:
    assert fetch(provider, ASK, NOW).ticks
    assert fetch(provider, ASK, NOW).ticks
    assert "If-None-Match" not in vendor.heard[1].headers


def test_other_currencies_another_day_or_address_are_another_answer(
    vendor: Scripted, provider: Provider
) -> None:
    store(fetch(provider, ASK, NOW))
    assert fetch(provider, Ask(ASK.currencies | {"JPY"}, today=NOW.date()), NOW).ticks
    yesterday = NOW.date() - timedelta(days=1)
    assert fetch(provider, Ask(ASK.currencies, on=yesterday, today=NOW.date()), NOW).ticks
    provider.base_url += "v2"
    assert fetch(provider, ASK, NOW).ticks
    assert not any("If-None-Match" in heard.headers for heard in vendor.heard)


@pytest.mark.parametrize("written", [KEY, quote(KEY, safe=""), b64encode(KEY.encode()).decode(), KEY.upper()])
def test_a_name_that_echoes_the_key_is_not_remembered(
    vendor: Scripted, provider: Provider, written: str
) -> None:
    vendor.script = lambda _: Reply(200, OK, TAG | {"ETag": f'"latest?access_key={written}"'})
    store(fetch(provider, ASK, NOW))
    fetch(provider, ASK, NOW)
    assert "If-None-Match" not in vendor.heard[1].headers
    assert vendor.heard[1].headers["If-Modified-Since"] == TAG["Last-Modified"]


def test_an_answer_without_a_time_is_news_each_time(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, UNTIMED, TAG)
    untimed = source("coinbase", base_url=vendor.url)
    store(fetch(untimed, ASK, NOW))
    assert fetch(untimed, ASK, NOW).ticks
    assert "If-None-Match" not in vendor.heard[1].headers


def test_without_the_cache_a_source_is_asked_all_the_same(
    vendor: Scripted, provider: Provider, settings: Settings
) -> None:
    store(fetch(provider, ASK, NOW))
    options = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
    settings.CACHES = options
    assert fetch(provider, ASK, NOW).ticks
    assert "If-None-Match" not in vendor.heard[1].headers
