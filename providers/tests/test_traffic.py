"""Asking within breaker and plan: what is refused, what counts, and what is kept of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection

from providers import breaker
from providers.breaker import FAILURES, State
from providers.fetch import fetch_ticks
from providers.models import BreakerTransition, Poll, Provider, QuotaUsage
from providers.tests.builders import NOW, poll, source
from providers.tests.servers import KEYS, Market, Reply, Scripted
from providers.traffic import admit, hold, note, reset

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP")
RATES = b'{"success":true,"timestamp":1795183690,"base":"EUR","date":"2026-11-20","rates":{"USD":1.08}}'


def at_market() -> Provider:
    return source(api_key=KEYS["fixer"])


def asked(provider: Provider, times: int = 1) -> None:
    for number in range(times):
        fetch_ticks(provider, NOW + timedelta(seconds=number), CURRENCIES)


def moves() -> list[tuple[str, str]]:
    return list(BreakerTransition.objects.order_by("pk").values_list("before", "after"))


def stands(key: str = "fixer") -> State:
    return breaker.standings([key])[key].state


def used() -> int:
    return sum(QuotaUsage.objects.values_list("used", flat=True))


@pytest.mark.parametrize("fault", ["500", "garbage", "huge"])
def test_a_vendor_that_fails_is_left_alone_after_five_polls(market: Market, fault: str) -> None:
    provider = at_market()
    market.fault("fixer", fault)
    asked(provider, FAILURES)
    assert (stands(), moves()) == (State.OPEN, [("closed", "open")])
    (move,) = BreakerTransition.objects.all()
    assert move.at == NOW + timedelta(seconds=FAILURES - 1)
    assert move.reason.startswith(Poll.objects.latest("started_at").outcome)
    before = market.requests("fixer")
    assert fetch_ticks(provider, NOW, CURRENCIES) == []
    assert market.requests("fixer") == before
    assert Poll.objects.count() == FAILURES


@pytest.mark.parametrize("fault", ["quota", "auth", "429"])
def test_a_refusal_for_key_or_quota_is_the_last_one_for_a_while(market: Market, fault: str) -> None:
    market.fault("fixer", fault)
    asked(at_market(), 2)
    assert (Poll.objects.count(), moves()) == (1, [("closed", "open")])


def test_after_the_pause_a_good_probe_closes_it_again(market: Market) -> None:
    provider = at_market()
    market.fault("fixer", "auth")
    asked(provider)
    market.fault("fixer", "none")
    breaker._client.hset(breaker._name("fixer"), "until", 1)
    assert fetch_ticks(provider, NOW, CURRENCIES)
    assert (stands(), moves()) == (
        State.CLOSED,
        [("closed", "open"), ("open", "half_open"), ("half_open", "closed")],
    )


def test_what_is_not_supported_counts_only_the_third_time_in_a_row(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url)
    vendor.script = lambda _: Reply(404, b"{}")
    for good in (True, False):
        asked(provider, 2)
        if good:
            poll(provider, age=-5)
        Poll.objects.filter(outcome="unsupported", started_at__lt=NOW).delete()
    assert {row.outcome for row in Poll.objects.all()} == {"ok", "unsupported"}
    assert breaker._client.hget(breaker._name("fixer"), "failures") is None
    Poll.objects.filter(outcome="ok").delete()
    fetch_ticks(provider, NOW + timedelta(seconds=9), CURRENCIES)
    assert breaker._client.hget(breaker._name("fixer"), "failures") is not None


def test_staff_hold_a_source_and_reset_it(market: Market) -> None:
    provider = at_market()
    hold(provider, NOW, "ann")
    asked(provider)
    assert Poll.objects.count() == 0
    reset(provider, NOW, "bob")
    asked(provider)
    assert Poll.objects.get().outcome == "ok"
    reasons = BreakerTransition.objects.order_by("pk").values_list("before", "after", "reason", "by")
    assert list(reasons) == [
        ("closed", "held", "held by staff", "ann"),
        ("held", "closed", "reset by staff", "bob"),
    ]


def test_a_source_without_a_key_is_idle_and_moves_no_breaker(market: Market) -> None:
    asked(source(), FAILURES + 1)
    assert (stands(), moves(), used()) == (State.CLOSED, [], 0)


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
            return sum(admit(provider, NOW) for _ in range(3))
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


def test_the_next_poll_takes_as_many_requests_as_the_last_one_did() -> None:
    provider = source(api_key="k", requests_per_month=10)
    Poll.objects.filter(pk=poll(provider).pk).update(requests=8)
    assert (admit(provider, NOW), used()) == (8, 8)
    note(Poll(provider=provider, started_at=NOW, outcome="ok", requests=7), 8, None, None)
    assert used() == 7
    assert admit(provider, NOW) == 0


def test_what_the_vendor_says_is_left_is_noted(vendor: Scripted) -> None:
    provider = source(api_key="k", base_url=vendor.url, requests_per_month=1000)
    vendor.script = lambda _: Reply(200, RATES, {"X-RateLimit-Remaining-Month": "41"})
    asked(provider)
    usage = QuotaUsage.objects.get()
    assert (usage.used, usage.stated_left, usage.left(1000), usage.left(None)) == (1, 41, 41, 41)
    assert admit(provider, NOW) == 1
    assert QuotaUsage.objects.get().left(1000) == 40


def test_a_keyless_source_without_a_plan_is_not_counted(market: Market) -> None:
    asked(source("ecb"))
    assert (Poll.objects.count(), QuotaUsage.objects.count()) == (1, 0)
