"""Sources that answer a pair at a time: all are asked within one deadline, and what came is kept."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache

from providers import conditions, rota
from providers import fetch as fetching
from providers.adapters.base import Ask
from providers.fetch import deadline, fetch
from providers.models import Provider
from providers.tests.builders import NOW, source
from providers.tests.servers import Heard, Reply, Scripted

pytestmark = pytest.mark.django_db
KEY = "key-of-a-scripted-vendor"
ASK = Ask(frozenset({"EUR", "GBP", "JPY", "USD"}), today=NOW.date())


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE_SECONDS", 0.0)


def symbol(heard: Heard) -> str:
    return parse_qs(urlsplit(heard.path).query)["symbol"][0]


def but(odd: str, reply: Reply) -> Callable[[Heard], Reply]:
    """Script a vendor that knows every pair but one."""

    def script(heard: Heard) -> Reply:
        rate = {"symbol": symbol(heard), "rate": 1.25, "timestamp": 1795183686}
        return reply if symbol(heard) == odd else Reply(200, json.dumps(rate).encode())

    return script


@pytest.fixture
def pairwise(vendor: Scripted) -> Provider:
    """Store a source that is asked for one pair at a time."""
    vendor.script = but("", Reply(404))
    return source("twelvedata", api_key=KEY, base_url=vendor.url)


def test_every_pair_is_asked_for_and_the_ticks_are_joined(vendor: Scripted, pairwise: Provider) -> None:
    fetched = fetch(pairwise, ASK, NOW)
    assert [symbol(heard) for heard in vendor.heard] == ["EUR/USD", "GBP/USD", "USD/JPY"]
    assert {f"{tick.base}/{tick.quote}" for tick in fetched.ticks} == {"EUR/USD", "GBP/USD", "USD/JPY"}
    assert (fetched.outcome, fetched.detail, fetched.requests) == ("ok", "", 3)


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (Reply(200, b'{"status":"error","code":404,"message":"no such pair"}'), "HTTP 200 no such pair"),
        (Reply(200, b"{}"), "no rates"),
        (Reply(200, b"<html>"), "HTTP 200 a page of HTML"),
    ],
)
def test_a_pair_that_is_refused_leaves_the_others(
    vendor: Scripted, pairwise: Provider, reply: Reply, detail: str
) -> None:
    vendor.script = but("GBP/USD", reply)
    fetched = fetch(pairwise, ASK, NOW)
    assert {f"{tick.base}/{tick.quote}" for tick in fetched.ticks} == {"EUR/USD", "USD/JPY"}
    assert (fetched.outcome, fetched.detail) == ("ok", f"1 refused: {detail}")
    assert len(vendor.heard) == 3


@pytest.mark.parametrize(("code", "category"), [(401, "auth"), (403, "plan"), (429, "quota")])
def test_a_key_a_plan_or_a_quota_ends_it_and_what_came_is_kept(
    vendor: Scripted, pairwise: Provider, code: int, category: str
) -> None:
    body = b'{"status":"error","code":%d,"message":"in this minute"}' % code
    vendor.script = but("GBP/USD", Reply(200, body))
    fetched = fetch(pairwise, ASK, NOW)
    assert (fetched.outcome, fetched.detail) == (category, "HTTP 200 in this minute")
    assert [f"{tick.base}/{tick.quote}" for tick in fetched.ticks] == ["EUR/USD"]
    assert fetched.retry_after == timedelta(minutes=1)
    assert len(vendor.heard) == 2


def test_all_refused_is_refused(vendor: Scripted, pairwise: Provider) -> None:
    vendor.script = lambda _: Reply(200, b'{"status":"error","code":404,"message":"no such pair"}')
    fetched = fetch(pairwise, ASK, NOW)
    assert (fetched.outcome, fetched.detail, fetched.ticks) == ("unsupported", "HTTP 200 no such pair", [])


YESTERDAY = replace(ASK, on=NOW.date() - timedelta(days=1))


@pytest.mark.parametrize(
    ("reply", "outcome", "kept"),
    [
        (Reply(200, b'{"values":[]}'), "ok", 2),
        (Reply(404, b'{"status":"error","code":404,"message":"no such pair"}'), "ok", 2),
        (Reply(200, b"\x00garbled"), "bad_body", 2),
    ],
    ids=["nothing that day", "unknown", "garbled"],
)
def test_of_a_past_day_a_pair_may_have_no_rate_but_must_be_read(
    vendor: Scripted, pairwise: Provider, reply: Reply, outcome: str, kept: int
) -> None:
    vendor.script = but("GBP/USD", reply)
    fetched = fetch(pairwise, YESTERDAY, NOW)
    assert (fetched.outcome, len(fetched.ticks)) == (outcome, kept)


def test_a_past_day_without_any_rate_is_answered_and_newest_rates_are_not(
    vendor: Scripted, pairwise: Provider
) -> None:
    vendor.script = lambda _: Reply(200, b'{"values":[]}')
    past, newest = fetch(pairwise, YESTERDAY, NOW), fetch(pairwise, ASK, NOW)
    assert (past.outcome, past.detail, past.ticks) == ("ok", "", [])
    assert (newest.outcome, newest.detail) == ("bad_body", "no rates")


def test_nothing_to_ask_for_is_not_asked(vendor: Scripted, pairwise: Provider) -> None:
    fetched = fetch(pairwise, Ask(frozenset({"USD"}), today=NOW.date()), NOW)
    assert (fetched.outcome, vendor.heard) == ("unsupported", [])


CODES = sorted(f"Y{first}{second}" for first in "ABCDEFGH" for second in "ABCDEFGH")
SIXTY_FOUR = Ask(frozenset(CODES), today=NOW.date())


@pytest.fixture
def rota_begins() -> None:
    cache.delete("rota:twelvedata")


def codes(heard: Sequence[Heard]) -> list[str]:
    return [symbol(each).removeprefix("USD/") for each in heard]


@pytest.mark.usefixtures("rota_begins")
def test_a_poll_asks_for_forty_and_the_next_goes_on_from_there(vendor: Scripted, pairwise: Provider) -> None:
    first, second = fetch(pairwise, SIXTY_FOUR, NOW), fetch(pairwise, SIXTY_FOUR, NOW)
    assert (first.outcome, first.detail, first.requests) == ("ok", "40 of 64 asked", 40)
    assert codes(vendor.heard) == [*CODES, *CODES[:16]]
    assert len(first.ticks) == len(second.ticks) == fetching.MOST_REQUESTS
    assert fetch(pairwise, ASK, NOW).requests == 3
    vendor.heard.clear()
    for _ in range(8):
        fetch(pairwise, SIXTY_FOUR, NOW)
    assert set(Counter(codes(vendor.heard)).values()) == {5}


@pytest.mark.usefixtures("rota_begins")
def test_a_pair_that_ends_every_poll_keeps_the_others_waiting_but_not_for_ever(
    vendor: Scripted, pairwise: Provider
) -> None:
    vendor.script = but(f"USD/{CODES[3]}", Reply(401, b'{"status":"error","code":401,"message":"no"}'))
    outcomes = [str(fetch(pairwise, SIXTY_FOUR, NOW).outcome) for _ in range(4)]
    assert outcomes == ["auth", "ok", "auth", "ok"]
    assert set(codes(vendor.heard)) == set(CODES)


@pytest.mark.usefixtures("rota_begins")
def test_without_redis_every_poll_begins_with_the_first(
    pairwise: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = RedisCache("redis://127.0.0.1:9/0", {})
    monkeypatch.setattr(rota, "cache", nowhere)
    monkeypatch.setattr(conditions, "cache", nowhere)
    assert [fetch(pairwise, SIXTY_FOUR, NOW).detail for _ in range(2)] == ["40 of 64 asked"] * 2


def test_their_deadline_grows_up_to_a_cap() -> None:
    assert [deadline(count) for count in (1, 2, 9, 33, 40)] == [4.0, 4.5, 8.0, 20.0, 20.0]


def test_one_deadline_holds_for_all_of_them(pairwise: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(fetching, "FURTHER_SECONDS", 0.0)
    fetched = fetch(pairwise, ASK, NOW)
    assert (fetched.outcome, fetched.detail) == ("unavailable", "TimeoutError")
    assert 1 <= len(fetched.ticks) < 3
    assert fetched.latency < timedelta(seconds=1)
