"""The health board: what it says of each source, and that it asks little."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import redis
from pytest_django import DjangoAssertNumQueries, Settings

from providers import breaker, pace
from providers.adapters.base import Category
from providers.board import summaries
from providers.models import Provider, QuotaUsage
from providers.services import keep
from providers.tests.builders import NOW, poll, source, tick
from providers.tests.conftest import reload_keys

pytestmark = pytest.mark.django_db
SOURCES_HOUR_FAILURES_CURRENCIES_USAGE = 5


def summary(key: str = "fixer") -> dict[str, Any]:
    (found,) = summaries(Provider.objects.filter(key=key), NOW)
    return found


def test_a_source_that_was_never_asked_waits_and_says_nothing_it_does_not_know() -> None:
    source(api_key="k", name="Fixer", interval_seconds=30, priority=10)
    assert summary() == {
        "key": "fixer",
        "name": "Fixer",
        "enabled": True,
        "state": "waiting",
        "daily": False,
        "interval_s": 30,
        "priority": 10,
        "last_success": None,
        "last_error": None,
        "success_pct": None,
        "latency_ms": {"p50": None, "p95": None},
        "polls_last_hour": 0,
        "currencies": [],
        "lacks": None,
        "breaker": {"state": "closed", "until": None},
        "next_poll": None,
        "overlaps_last_hour": 0,
        "quota": {
            "per_month": None,
            "used": 0,
            "left": None,
            "resets_at": datetime(2026, 12, 1, tzinfo=UTC),
            "runs_out_at": None,
        },
    }


def test_it_tells_when_the_plan_would_run_out_at_this_interval() -> None:
    provider = source(api_key="k", interval_seconds=60, requests_per_month=1000, plan_day=15)
    QuotaUsage.objects.create(provider=provider, starts_on=date(2026, 11, 15), used=900)
    QuotaUsage.objects.create(provider=provider, starts_on=date(2026, 10, 15), used=1000)
    expected = {
        "per_month": 1000,
        "used": 900,
        "left": 100,
        "resets_at": datetime(2026, 12, 15, tzinfo=UTC),
        "runs_out_at": NOW + timedelta(minutes=100),
    }
    assert summary()["quota"] == expected
    QuotaUsage.objects.update(stated_left=40)
    assert summary()["quota"] == expected | {"left": 40, "runs_out_at": NOW + timedelta(minutes=40)}


def test_a_source_without_a_plan_and_a_key_has_no_quota() -> None:
    source("ecb")
    assert summary("ecb")["quota"] is None


def test_it_is_asked_next_by_its_pace_but_not_before_its_breaker_lets_it() -> None:
    source(api_key="k")
    assert pace.take("fixer", timedelta(hours=1)).ours
    due = summary()["next_poll"]
    assert timedelta(minutes=59) < due - datetime.now(UTC) <= timedelta(hours=1)
    opened = breaker.note_bad("fixer", Category.AUTH, timedelta(hours=2), timedelta(seconds=2))
    assert summary()["breaker"] == {"state": "open", "until": opened.until}
    assert summary()["next_poll"] == opened.until
    breaker.hold("fixer")
    assert (summary()["breaker"]["state"], summary()["next_poll"]) == ("held", None)


def test_without_redis_the_board_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    source(api_key="k")
    nowhere = redis.Redis.from_url("redis://127.0.0.1:9/0")
    monkeypatch.setattr(breaker, "_client", nowhere)
    monkeypatch.setattr(pace, "_client", nowhere)
    assert (summary()["state"], summary()["next_poll"]) == ("waiting", None)
    assert summary()["overlaps_last_hour"] is None


def test_it_counts_the_polls_that_another_one_kept_out_within_the_hour() -> None:
    source(api_key="k")
    source("openexchangerates", api_key="k")
    for minutes in (0, 30, 59, 61):
        pace.note_overlap("fixer", NOW - timedelta(minutes=minutes))
    assert (summary()["overlaps_last_hour"], summary("openexchangerates")["overlaps_last_hour"]) == (3, 0)


def test_what_a_source_lacks_is_named(settings: Settings, fernet_keys: Settings) -> None:
    source()
    source("kraken")
    assert (summary()["state"], summary()["lacks"]) == ("idle", "key")
    assert (summary("kraken")["state"], summary("kraken")["lacks"]) == ("idle", "demo_vendor")
    settings.FX_DEMO = False
    assert summary("kraken")["lacks"] is None
    source("openexchangerates", api_key="k")
    reload_keys(fernet_keys, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    found = summary("openexchangerates")
    assert (found["state"], found["lacks"]) == ("idle", "readable_key")


def test_it_counts_the_last_hour_and_no_more() -> None:
    provider = source(api_key="k")
    for age, outcome in ((1, "ok"), (2, "ok"), (3, "quota"), (3599, "ok"), (3600, "ok"), (3601, "auth")):
        poll(provider, outcome, age=age)
    found = summary()
    assert found["polls_last_hour"] == 5
    assert found["success_pct"] == "80.00"


def test_percentiles_lie_between_the_polls() -> None:
    provider = source(api_key="k")
    for number in range(1, 101):
        poll(provider, latency_ms=number * 10, age=number)
    assert summary()["latency_ms"] == {"p50": 505, "p95": 950}


def test_a_percentile_is_rounded_and_not_cut() -> None:
    provider = source(api_key="k")
    for latency_ms in (3, 6, 7, 8):
        poll(provider, latency_ms=latency_ms)
    assert summary()["latency_ms"] == {"p50": 6, "p95": 8}


@pytest.mark.parametrize(
    ("columns", "polls", "state"),
    [
        ({"enabled": False, "api_key": "k"}, [("ok", 1)], "off"),
        ({"enabled": False}, [], "off"),
        ({}, [("ok", 1)], "idle"),
        ({"api_key": "k"}, [], "waiting"),
        ({"api_key": "k"}, [("ok", 1)], "ok"),
        ({"api_key": "k"}, [("ok", 1), ("auth", 2)], "ok"),
        ({"api_key": "k"}, [("ok", 2), ("auth", 1)], "failing"),
        ({"api_key": "k"}, [("auth", 1)], "failing"),
        ({"api_key": "k"}, [("ok", 90_000), ("auth", 100_000)], "ok"),
    ],
)
def test_the_state_follows_the_switch_the_key_and_the_newest_poll(
    columns: dict[str, Any], polls: list[tuple[str, float]], state: str
) -> None:
    provider = source(**columns)
    for outcome, age in polls:
        poll(provider, outcome, age=age)
    assert summary()["state"] == state


def test_the_last_success_and_the_last_failure_are_the_newest_of_their_kind() -> None:
    provider = source(api_key="k")
    for outcome, age in (("ok", 50), ("ok", 40), ("auth", 30), ("quota", 20), ("auth", 7300)):
        poll(provider, outcome, age=age)
    found = summary()
    assert found["last_success"] == NOW - timedelta(seconds=40)
    assert found["last_error"] == {
        "category": "quota",
        "detail": "it was quota",
        "at": NOW - timedelta(seconds=20),
    }


def test_the_currencies_are_those_it_spoke_of_its_base_among_them() -> None:
    source(api_key="k")
    source("ecb")
    keep([tick("EUR/USD"), tick("EUR/JPY", "168.3"), tick("EUR/CHF", "0.93", provider="ecb")])
    assert summary()["currencies"] == ["EUR", "JPY", "USD"]
    assert summary("ecb")["currencies"] == ["CHF", "EUR"]


def test_sources_do_not_answer_for_each_other() -> None:
    good, bad = source(api_key="k"), source("openexchangerates", api_key="k")
    poll(good, latency_ms=10)
    poll(bad, "unavailable", latency_ms=4000)
    states = {found["key"]: (found["state"], found["success_pct"]) for found in summaries(_all(), NOW)}
    assert states == {"fixer": ("ok", "100.00"), "openexchangerates": ("failing", "0.00")}


def test_the_most_trusted_stand_first() -> None:
    source("fixer", priority=50)
    source("ecb", priority=50)
    source("openexchangerates", priority=10)
    assert [found["key"] for found in summaries(_all(), NOW)] == ["openexchangerates", "ecb", "fixer"]


@pytest.mark.parametrize("count", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_sources(
    django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for key in ("ecb", "fixer", "freecurrencyapi", "openexchangerates")[:count]:
        provider = source(key, api_key="k")
        for outcome in ("ok", "auth") * 5:
            poll(provider, outcome)
        keep([tick(provider=key)])
    with django_assert_num_queries(SOURCES_HOUR_FAILURES_CURRENCIES_USAGE):
        assert len(summaries(_all(), NOW)) == count


def _all() -> Any:
    return Provider.objects.all()
