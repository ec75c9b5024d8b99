"""Asking for past days behind polling: what they may take of a plan, and when a source is left alone."""

from datetime import date, timedelta

import pytest

from providers import breaker
from providers.adapters.base import Ask
from providers.fetch import cost
from providers.models import Outcome, Poll, QuotaUsage
from providers.past import fetch_past, share
from providers.tests.builders import NOW, poll, source
from providers.tests.servers import Reply, Scripted
from providers.traffic import apart

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ASK = Ask(frozenset({"EUR", "JPY", "USD"}), date(2024, 3, 28), today=NOW.date())
RATES = b'{"success":true,"timestamp":1711670399,"base":"EUR","date":"2024-03-28","rates":{"USD":1.08}}'


@pytest.mark.parametrize(
    ("per_minute", "interval", "enabled", "wanted"),
    [
        (None, 60, True, SECOND),
        (600, 60, True, SECOND),
        (10, 60, True, MINUTE / 9),
        (10, 12, True, MINUTE / 5),
        (10, 12, False, MINUTE / 10),
        (10, 2, True, MINUTE),
    ],
)
def test_polling_keeps_its_part_of_each_minute(
    per_minute: int | None, interval: int, enabled: bool, wanted: timedelta
) -> None:
    provider = source(requests_per_minute=per_minute, interval_seconds=interval, enabled=enabled)
    assert apart(provider, 1, SECOND) == wanted


def test_a_minute_is_shared_by_what_polls_and_past_days_really_take() -> None:
    provider = source(requests_per_minute=20, interval_seconds=60)
    poll(provider)
    provider.polls.update(requests=8)
    assert apart(provider, 2, SECOND) == MINUTE / 6


def test_past_days_take_half_of_what_is_left_by_our_count_or_the_vendors_word() -> None:
    provider = source(requests_per_month=1000)
    assert share(provider, NOW) == 500
    QuotaUsage.objects.create(
        provider=provider, starts_on=NOW.date().replace(day=1), used=900, stated_left=31
    )
    assert share(provider, NOW) == 15
    assert share(source("ecb"), NOW) is None


def test_an_answer_counts_in_the_plan_but_is_no_poll(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, RATES, {"X-RateLimit-Remaining-Month": "77"})
    provider = source(api_key="k", base_url=vendor.url, requests_per_month=1000)
    assert fetch_past(provider, ASK, NOW).outcome == Outcome.OK
    (usage,) = QuotaUsage.objects.all()
    assert (usage.used, usage.stated_left) == (1, 77)
    assert not Poll.objects.exists()


def test_a_second_try_counts_as_well(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(503)
    provider = source(api_key="k", base_url=vendor.url)
    assert fetch_past(provider, ASK, NOW).requests == QuotaUsage.objects.get().used == 2


def test_an_open_breaker_is_respected_until_its_pause_is_over(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, RATES)
    provider = source(api_key="k", base_url=vendor.url)
    breaker.note_bad("fixer", breaker.Category.AUTH, None, SECOND)
    until = breaker.standings(["fixer"])["fixer"].until
    assert until is not None
    refused = fetch_past(provider, ASK, until - SECOND)
    assert (refused.outcome, refused.retry_after, vendor.heard) == (Outcome.UNAVAILABLE, SECOND, [])
    assert fetch_past(provider, ASK, until).ticks
    assert breaker.standings(["fixer"])["fixer"].state == "open"


def test_an_answer_costs_as_many_requests_as_the_vendor_wants_pairs() -> None:
    assert cost(source("twelvedata"), ASK) == 2
    assert cost(source("fixer"), ASK) == 1
