"""Pairs that nobody tracks, wanted of sources that may not be asked each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from providers import asides, pace
from providers.asides import between_polls
from providers.locks import living_lock
from providers.models import NewestTick, Poll, Provider, QuotaUsage
from providers.services import keep
from providers.tests.servers import Heard, Reply, Scripted
from providers.traffic import hold, reset
from rates.errors import NoRate
from rates.matrix import matrix
from rates.ondemand import _name, current_price
from rates.tests.scene import provider, said, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
KEY, HOUR = "freecurrencyapi", timedelta(hours=1)
OTHERS = ["THB", "TRY", "ZAR", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "ILS"]


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    with Scripted() as scripted:
        yield scripted


@pytest.fixture
def hourly(vendor: Scripted) -> Provider:
    """Store a source of whole tables that is asked every hour, and that knows euro and pound alone."""
    set_up("EUR/USD")
    vendor.script = lambda _: table("EUR", "GBP")
    return provider(KEY, interval=3600, base_url=vendor.url, requests_per_month=1000)


def table(*codes: str) -> Reply:
    return Reply(200, json.dumps({"data": dict.fromkeys(codes, 2)}).encode())


def found(*symbols: str) -> list[str]:
    """Price pairs one after the other; name those that have a price."""
    return [symbol for symbol in symbols if is_priced(symbol)]


def is_priced(symbol: str) -> bool:
    base, _, quote = symbol.partition("/")
    try:
        current_price(base, quote, timezone.now())
    except NoRate:
        return False
    return True


def test_ten_pairs_that_a_source_does_not_know_are_one_request(vendor: Scripted, hourly: Provider) -> None:
    assert found(*(f"MXN/{code}" for code in OTHERS)) == []
    assert len(vendor.heard) == QuotaUsage.objects.get().used == 1


def test_one_answer_prices_every_pair_it_tells_of(vendor: Scripted, hourly: Provider) -> None:
    vendor.script = lambda _: table(*OTHERS, "MXN", "EUR", "BTC", "DEM")
    wanted = [*(f"MXN/{code}" for code in OTHERS), "EUR/SEK"]
    assert found(*wanted) == wanted
    assert len(vendor.heard) == 1
    assert set(NewestTick.objects.values_list("quote", flat=True)) == {*OTHERS, "MXN", "EUR"}


def test_after_an_interval_a_source_is_asked_again(vendor: Scripted, hourly: Provider) -> None:
    assert found("MXN/THB") == []
    place = pace._name("between", KEY)
    assert timedelta(minutes=59) < timedelta(milliseconds=pace._client.pttl(place)) <= HOUR
    pace._client.delete(place)
    assert found("MXN/TRY") == []
    assert len(vendor.heard) == 2


def test_the_next_source_is_asked_for_what_the_first_may_not_be(vendor: Scripted, hourly: Provider) -> None:
    assert found("MXN/THB") == []
    with Scripted() as other:
        provider("coinbase", base_url=other.url, priority=90)
        other.script = lambda _: Reply(200, b'{"data":{"currency":"USD","rates":{"MXN":"18","TRY":"36"}}}')
        assert found("MXN/TRY") == ["MXN/TRY"]
        assert (len(vendor.heard), len(other.heard)) == (1, 1)


def test_a_poll_under_way_is_waited_for_and_then_left_alone(
    vendor: Scripted, hourly: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asides, "_WAIT_SECONDS", 0.2)
    with living_lock(f"poll:{KEY}"):
        assert found("MXN/THB") == []
    assert vendor.heard == []
    with between_polls(hourly, timezone.now()) as ours, living_lock(f"poll:{KEY}") as polled:
        assert (ours, polled) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_ten_callers_of_ten_pairs_at_once_share_one_answer(vendor: Scripted, hourly: Provider) -> None:
    vendor.script = lambda _: table(*OTHERS, "MXN")

    def alone(code: str) -> list[str]:
        try:
            return found(f"MXN/{code}")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert [one for some in pool.map(alone, OTHERS) for one in some] == [f"MXN/{code}" for code in OTHERS]
    assert len(vendor.heard) == 1


@pytest.fixture
def of_pairs(vendor: Scripted) -> Scripted:
    """Store a source that is asked every hour for one pair after the other, and that knows them all."""
    set_up("EUR/USD")
    provider("twelvedata", interval=3600, base_url=vendor.url)

    def script(heard: Heard) -> Reply:
        symbol = parse_qs(urlsplit(heard.path).query)["symbol"][0]
        stamp = int(timezone.now().timestamp())
        return Reply(200, json.dumps({"symbol": symbol, "rate": 2, "timestamp": stamp}).encode())

    vendor.script = script
    return vendor


def test_a_source_of_pairs_is_asked_for_the_tracked_and_the_wanted_ones(of_pairs: Scripted) -> None:
    assert found("MXN/THB", "MXN/TRY") == ["MXN/THB"]
    assert len(of_pairs.heard) == Poll.objects.get().requests == 3


def test_a_matrix_is_one_poll_of_a_source_for_all_its_currencies(of_pairs: Scripted) -> None:
    rates = matrix(OTHERS, timezone.now()).rates
    assert {rate for row in rates.values() for rate in row.values()} == {1}
    assert Poll.objects.get().requests == 1 + len(OTHERS)


def test_a_matrix_asks_the_next_source_for_what_the_first_does_not_know(
    vendor: Scripted, hourly: Provider
) -> None:
    vendor.script = lambda _: table("MXN", "THB")
    with Scripted() as other:
        provider("coinbase", base_url=other.url, priority=90)
        other.script = lambda _: Reply(200, b'{"data":{"currency":"USD","rates":{"TRY":"36"}}}')
        assert matrix(["MXN", "TRY", "THB"], timezone.now()).rates["MXN"]["TRY"] == 18
        assert matrix(["MXN", "TRY"], timezone.now()).rates["TRY"]["MXN"] < 1
        assert (len(vendor.heard), len(other.heard)) == (1, 1)


def test_a_matrix_with_what_nobody_knows_asks_each_source_once(vendor: Scripted, hourly: Provider) -> None:
    vendor.script = lambda _: table("MXN")
    for _ in range(2):
        with pytest.raises(NoRate, match="USD/TRY"):
            matrix(["MXN", "TRY"], timezone.now())
    assert Poll.objects.count() == 1


def test_a_plan_without_anything_left_is_asked_nothing(vendor: Scripted, hourly: Provider) -> None:
    month = hourly.plan.period(timezone.now())[0].date()
    QuotaUsage.objects.create(provider=hourly, starts_on=month, used=1000)
    assert found("MXN/THB") == []
    assert vendor.heard == []


def test_a_source_that_is_held_loses_no_turn(vendor: Scripted, hourly: Provider) -> None:
    vendor.script = lambda _: table("MXN", "THB")
    hold(hourly, timezone.now(), "ann")
    assert found("MXN/THB") == []
    reset(hourly, timezone.now(), "ann")
    cache.delete(_name("MXN", "THB"))
    assert found("MXN/THB") == ["MXN/THB"]
    assert len(vendor.heard) == 1


def test_what_known_ticks_price_asks_nobody(vendor: Scripted, hourly: Provider) -> None:
    keep(said(KEY, at=timezone.now(), MXN="18", THB="36"))
    assert found("MXN/THB") == ["MXN/THB"]
    assert vendor.heard == []


def test_without_redis_a_process_still_keeps_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_client", redis.Redis.from_url("redis://127.0.0.1:9/0"))
    monkeypatch.setattr(pace, "_taken_until", {})
    assert [pace.take_between(key, HOUR) for key in ("a", "a", "b")] == [True, False, True]


def test_a_place_from_before_the_clock_of_redis_was_set_back_is_free() -> None:
    assert [pace.take_between(KEY, spacing) for spacing in (2 * HOUR, HOUR, HOUR)] == [True, True, False]
