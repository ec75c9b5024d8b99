"""Asking within a plan: what counts, before it is sent, and what is never sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection

from providers import breaker
from providers.adapters.base import Ask
from providers.breaker import PROBE, State
from providers.fetch import fetch_once, fetch_ticks
from providers.models import Poll, Provider, QuotaUsage
from providers.tests.builders import NOW, poll, source
from providers.tests.servers import KEYS, Heard, Market, Reply, Scripted
from providers.traffic import admit, apart, note

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP")
SEVEN_AND_THE_DOLLAR = ("AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "USD")
ASK = Ask(frozenset(CURRENCIES), today=NOW.date())
RATES = b'{"success":true,"timestamp":1795183690,"base":"EUR","date":"2026-11-20","rates":{"USD":1.08}}'


def symbol(heard: Heard) -> str:
    return parse_qs(urlsplit(heard.path).query)["symbol"][0]


def rated(heard: Heard) -> Reply:
    """Answer as a vendor that tells one pair a request."""
    return Reply(200, json.dumps({"symbol": symbol(heard), "rate": 1.25, "timestamp": 1795183686}).encode())


def at_market() -> Provider:
    return source(api_key=KEYS["fixer"])


def asked(provider: Provider, times: int = 1) -> None:
    for number in range(times):
        fetch_ticks(provider, NOW + timedelta(seconds=number), CURRENCIES)


def stands(key: str = "fixer") -> State:
    return breaker.standings([key])[key].state


def used() -> int:
    return sum(QuotaUsage.objects.values_list("used", flat=True))


def test_a_plan_is_never_overdrawn_and_its_end_is_no_failure(market: Market) -> None:
    provider = source(api_key=KEYS["fixer"], requests_per_month=3)
    before = market.requests("fixer")
    asked(provider, 5)
    assert market.requests("fixer") == before + 3
    assert (used(), Poll.objects.count(), stands()) == (3, 3, State.CLOSED)
    later = NOW + timedelta(days=11)
    assert fetch_ticks(provider, later, CURRENCIES)
    assert list(QuotaUsage.objects.order_by("starts_on").values_list("starts_on", "used")) == [
        (date(2026, 11, 1), 3),
        (date(2026, 12, 1), 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_ten_threads_take_no_more_than_the_plan_together() -> None:
    provider = source(api_key="k", requests_per_month=12)
    start = Barrier(10)

    def take(_: int) -> int:
        try:
            start.wait(10)
            return sum(admit(provider, 1, NOW, PROBE) for _ in range(3))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(take, range(10))) == 12
    assert used() == 12


def test_a_plan_by_the_minute_is_kept(market: Market) -> None:
    provider = source(api_key=KEYS["fixer"], requests_per_minute=4)
    asked(provider, 10)
    assert Poll.objects.count() == 4
    assert fetch_ticks(provider, NOW + timedelta(seconds=61), CURRENCIES)


def test_a_second_try_is_a_request_of_the_plan_too(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url)
    vendor.script = lambda _: Reply(500, b"{}")
    asked(provider)
    assert Poll.objects.get().requests == len(vendor.heard) == used() == 2


def test_a_poll_takes_its_requests_and_one_for_a_second_try_where_it_is_left() -> None:
    provider = source(api_key="k", requests_per_month=10)
    assert (admit(provider, 7, NOW, PROBE), used()) == (8, 8)
    note(Poll(provider=provider, started_at=NOW, outcome="ok", requests=7), 8, None, None)
    assert used() == 7
    assert admit(provider, 7, NOW, PROBE) == 0
    assert (admit(provider, 3, NOW, PROBE), used()) == (3, 10)


@pytest.mark.parametrize(("per_month", "sent"), [(3, 0), (7, 7), (13, 7), (14, 14)])
def test_a_poll_of_many_requests_is_never_more_than_the_plan_has(
    vendor: Scripted, per_month: int, sent: int
) -> None:
    provider = source("twelvedata", api_key="k", base_url=vendor.url, requests_per_month=per_month)
    vendor.script = rated
    for number in range(3):
        fetch_ticks(provider, NOW + timedelta(seconds=number), SEVEN_AND_THE_DOLLAR)
    assert len(vendor.heard) == used() == sent


@pytest.mark.parametrize("plan", [{"requests_per_month": 1}, {"requests_per_minute": 1}])
def test_no_second_try_is_sent_that_the_plan_does_not_have(vendor: Scripted, plan: dict[str, int]) -> None:
    provider = source(api_key="k", base_url=vendor.url, **plan)
    vendor.script = lambda _: Reply(500, b"{}")
    asked(provider, 2)
    assert len(vendor.heard) == used() == 1


def test_a_poll_sends_no_more_than_a_minute_allows_and_the_next_goes_on(vendor: Scripted) -> None:
    provider = source("twelvedata", api_key="a-key", base_url=vendor.url, requests_per_minute=4)
    cache.delete("rota:twelvedata")
    vendor.script = rated
    for minute in range(3):
        before = len(vendor.heard)
        fetch_ticks(provider, NOW + timedelta(minutes=minute, seconds=minute), SEVEN_AND_THE_DOLLAR)
        fetch_ticks(provider, NOW + timedelta(minutes=minute, seconds=minute + 30), SEVEN_AND_THE_DOLLAR)
        assert len(vendor.heard) - before == 4
    asked_pairs = [symbol(heard) for heard in vendor.heard]
    assert len(set(asked_pairs[:8])) == 7
    assert Poll.objects.earliest("started_at").detail == "4 of 7 asked"
    assert stands("twelvedata") == State.CLOSED


def test_a_check_beside_the_polls_counts_and_is_none(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url, requests_per_month=2)
    vendor.script = lambda _: Reply(200, RATES, {"X-RateLimit-Remaining-Month": "41"})
    outcomes = [str(fetch_once(provider, ASK, NOW).outcome) for _ in range(3)]
    assert outcomes == ["ok", "ok", "quota"]
    assert (len(vendor.heard), used(), Poll.objects.count()) == (2, 2, 0)
    assert QuotaUsage.objects.get().stated_left == 41


@pytest.mark.parametrize(
    ("per_minute", "enabled", "requests", "seconds"),
    [(None, True, 9, 1), (600, True, 1, 1), (10, True, 1, 60 / 9), (10, False, 3, 18), (1, True, 1, 60)],
)
def test_what_is_asked_beside_polls_leaves_them_their_part_of_a_minute(
    per_minute: int | None, enabled: bool, requests: int, seconds: float
) -> None:
    provider = source(requests_per_minute=per_minute, enabled=enabled, interval_seconds=60)
    wait = apart(provider, requests, timedelta(seconds=1))
    assert wait == timedelta(seconds=seconds)


def test_a_minute_that_polls_used_up_has_none_for_a_check(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url, requests_per_minute=1)
    poll(provider, age=30)
    assert fetch_once(provider, ASK, NOW).outcome == "quota"
    assert fetch_once(provider, ASK, NOW + timedelta(seconds=31)).outcome == "unsupported"
    assert len(vendor.heard) == 1


def test_what_the_vendor_says_is_left_is_noted(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url, requests_per_month=1000)
    vendor.script = lambda _: Reply(200, RATES, {"X-RateLimit-Remaining-Month": "41"})
    asked(provider)
    usage = QuotaUsage.objects.get()
    assert (usage.used, usage.stated_left, usage.left(1000), usage.left(None)) == (1, 41, 41, 41)
    assert admit(provider, 1, NOW, PROBE) == 2
    assert QuotaUsage.objects.get().left(1000) == 39


def test_a_keyless_source_without_a_plan_is_not_counted(market: Market) -> None:
    asked(source("ecb"))
    assert (Poll.objects.count(), QuotaUsage.objects.count()) == (1, 0)
