"""Asking within the breaker: what is refused, what counts, and what is kept of it."""

from datetime import timedelta

import pytest

from providers import breaker
from providers.breaker import FAILURES, State
from providers.fetch import fetch_ticks
from providers.models import BreakerTransition, Poll, Provider, QuotaUsage
from providers.tests.builders import NOW, poll, source
from providers.tests.servers import KEYS, Market, Reply, Scripted
from providers.traffic import hold, reset

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP")


def at_market() -> Provider:
    return source(api_key=KEYS["fixer"])


def asked(provider: Provider, times: int = 1) -> None:
    for number in range(times):
        fetch_ticks(provider, NOW + timedelta(seconds=number), CURRENCIES)


def moves() -> list[tuple[str, str]]:
    return list(BreakerTransition.objects.order_by("pk").values_list("before", "after"))


def stands(key: str = "fixer") -> State:
    return breaker.standings([key])[key].state


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
    assert (stands(), moves(), QuotaUsage.objects.count()) == (State.CLOSED, [], 0)
