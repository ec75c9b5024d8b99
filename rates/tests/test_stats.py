"""Stats and the summary equal what an independent reckoning makes of the published prices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import stdev

import pytest
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from rates.models import Candle, Pair, Rate
from rates.stats import extents, mids_at
from rates.tests.contract import assert_problem, get
from rates.tests.scene import set_up, shared_rows
from rates.tests.walk import SPANS, Said, bucket, moments, nearly, publish_walk

pytestmark = pytest.mark.django_db
STATS = "/api/v1/rates/EUR/USD/stats"
SUMMARY = "/api/v1/rates/summary"
AGES = {"1h": 3600, "24h": 86_400, "7d": 604_800}


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Said]]:
    """Publish eight days of EUR/USD up to now, most of it in the last two hours, and a little of GBP/USD."""
    with shared_rows(django_db_blocker):
        set_up("EUR/USD", "GBP/USD", "USD/JPY")
        now = timezone.now()
        Pair.objects.update(max_age_seconds=3600)
        times = [at for at in moments(now - timedelta(days=8), 320, 7200) if at < now - timedelta(hours=2)]
        times += [at for at in moments(now - timedelta(hours=2), 160, 90) if at < now]
        said = publish_walk("EUR/USD", times)
        publish_walk("GBP/USD", [now - timedelta(minutes=age) for age in (30, 20, 10, 1)], seed=3)
        yield said


def since(said: Sequence[Said], start: datetime) -> list[Fraction]:
    return [Fraction(one.mid) for one in said if one.as_of >= start]


def at(said: Sequence[Said], moment: datetime) -> Fraction | None:
    known = [Fraction(one.mid) for one in said if one.as_of <= moment]
    return known[-1] if known else None


def close_to(text: str, exact: Fraction) -> bool:
    return abs(Fraction(text) - exact) <= abs(exact) * Fraction(1, 10**9)


def test_changes_are_from_the_price_that_stood_then(api: APIClient, walk: list[Said]) -> None:
    began = timezone.now()
    body = get(api, STATS).json()
    last = Fraction(walk[-1].mid)
    assert list(body["changes"]) == ["1h", "24h", "7d"]
    for name, seconds in AGES.items():
        before = at(walk, began - timedelta(seconds=seconds))
        assert before is not None
        assert close_to(body["changes"][name]["change"], last - before)
        assert close_to(body["changes"][name]["change_pct"], (last - before) / before * 100)
    assert body["price"]["mid"] == walk[-1].mid.rstrip("0")
    assert body["price"]["environment"] == "demo"


def test_high_and_low_are_those_of_a_day(api: APIClient, walk: list[Said]) -> None:
    day = since(walk, timezone.now() - timedelta(days=1))
    body = get(api, STATS).json()
    assert (Fraction(body["high_24h"]), Fraction(body["low_24h"])) == (max(day), min(day))


def test_the_inverse_pair_moved_the_other_way(api: APIClient, walk: list[Said]) -> None:
    now, body = timezone.now(), get(api, "/api/v1/rates/USD/EUR/stats").json()
    day, before = since(walk, now - timedelta(days=1)), at(walk, now - timedelta(hours=1))
    assert before is not None
    last = 1 / Fraction(walk[-1].mid)
    assert (body["base"], body["quote"], body["symbol"], body["price"]["symbol"]) == (
        "USD",
        "EUR",
        "USD/EUR",
        "USD/EUR",
    )
    assert Decimal(body["high_24h"]) == nearly(1 / min(day))
    assert Decimal(body["low_24h"]) == nearly(1 / max(day))
    assert abs(Fraction(body["changes"]["1h"]["change"]) - (last - 1 / before)) < Fraction(2, 10**12)
    assert body["volatility"] == get(api, STATS).json()["volatility"]


def closes(said: Sequence[Said], interval: str, now: datetime) -> list[float]:
    """Reckon the closes of the buckets that are over."""
    last = {bucket(one.as_of, interval): float(one.mid) for one in said}
    return [last[t] for t in sorted(last) if t + timedelta(seconds=SPANS[interval]) <= now]


@pytest.mark.parametrize(
    ("query", "interval", "window"),
    [({}, "1m", 20), ({"window": "50"}, "1m", 50), ({"interval": "1h", "window": "30"}, "1h", 30),
     ({"interval": "1d", "window": "5"}, "1d", 5), ({"interval": "5m", "window": "3"}, "5m", 3)],
)  # fmt: skip
def test_volatility_is_that_of_the_last_closes(
    api: APIClient, walk: list[Said], query: dict[str, str], interval: str, window: int
) -> None:
    found = closes(walk, interval, timezone.now())[-window:]
    expected = stdev(math.log(after / before) for before, after in pairwise(found))
    body = get(api, STATS, query).json()["volatility"]
    assert list(body) == ["window", "stdev_log_returns", "annualised_pct"]
    assert body["window"] == len(found) == window
    assert float(body["stdev_log_returns"]) == pytest.approx(expected, rel=1e-9)
    year = expected * math.sqrt(260 * 86_400 / SPANS[interval]) * 100
    assert float(body["annualised_pct"]) == pytest.approx(year, rel=1e-9)


@pytest.mark.parametrize("query", [{"window": "500"}, {"interval": "1w"}])
def test_without_enough_closes_there_is_no_volatility(
    api: APIClient, walk: list[Said], query: dict[str, str]
) -> None:
    body = get(api, STATS, query).json()["volatility"]
    assert (body["stdev_log_returns"], body["annualised_pct"]) == (None, None)


def test_closes_that_lie_far_apart_are_not_taken_for_minutes(api: APIClient, walk: list[Said]) -> None:
    now = timezone.now()
    publish_walk("USD/JPY", [now - timedelta(days=age) for age in range(40, 0, -1)])
    body = get(api, "/api/v1/rates/USD/JPY/stats").json()
    assert body["volatility"]["stdev_log_returns"] is None
    daily = get(api, "/api/v1/rates/USD/JPY/stats", {"interval": "1d"}).json()
    assert daily["volatility"]["stdev_log_returns"] is not None


def test_a_pair_that_is_young_has_no_changes_from_before_it(api: APIClient, walk: list[Said]) -> None:
    body = get(api, "/api/v1/rates/GBP/USD/stats").json()
    assert set(body["changes"]) == {"1h", "24h", "7d"}
    assert all(change == {"change": None, "change_pct": None} for change in body["changes"].values())
    assert body["high_24h"] is not None


def test_a_pair_without_a_price_of_today_has_no_high(api: APIClient, walk: list[Said]) -> None:
    publish_walk("USD/JPY", [timezone.now() - timedelta(days=2)])
    body = get(api, "/api/v1/rates/USD/JPY/stats").json()
    assert (body["high_24h"], body["low_24h"], body["price"]["stale"]) == (None, None, True)
    assert body["changes"]["24h"] == {"change": "0", "change_pct": "0"}


def test_prices_may_be_gone_where_minutes_are_left(walk: list[Said]) -> None:
    pairs, now = Pair.objects.filter(base="EUR"), timezone.now()
    pk = pairs.get().pk
    week = bucket(now - timedelta(days=7), "1m")
    before = mids_at(pairs, {"7d": week})[pk]["7d"]
    Candle.objects.filter(pair=pk).exclude(interval="1m").delete()
    Rate.objects.filter(pair=pk, as_of__lt=now - timedelta(days=2)).delete()
    assert mids_at(pairs, {"7d": week})[pk]["7d"] == before


@pytest.mark.parametrize("minutes", [1, 7, 61, 130, 600, 2000])
def test_an_extent_begins_at_its_moment_to_the_second(walk: list[Said], minutes: int) -> None:
    pairs = Pair.objects.filter(base="EUR")
    for one in [one for one in walk if one.as_of >= timezone.now() - timedelta(minutes=minutes)][:3]:
        for start in (one.as_of, one.as_of + timedelta(microseconds=1)):
            prices = since(walk, start)
            found = extents(pairs, start).get(pairs.get().pk)
            if not prices:
                assert found is None
                continue
            assert found is not None
            assert (Fraction(found.high), Fraction(found.low)) == (max(prices), min(prices))


@pytest.mark.parametrize(
    "query",
    ["window=2", "window=501", "window=x", "window=%D9%A3%D9%A3", "interval=tick", "interval=2m", "interval=",
     "side=bid", "window=20&window=20"],
)  # fmt: skip
def test_other_questions_are_refused(api: APIClient, walk: list[Said], query: str) -> None:
    problem = assert_problem(get(api, f"{STATS}?{query}"), 400, "invalid_request")
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_a_pair_needs_to_be_tracked_and_priced(api: APIClient, walk: list[Said]) -> None:
    assert_problem(get(api, "/api/v1/rates/EUR/NOK/stats"), 404, "unknown_pair")
    assert_problem(get(api, "/api/v1/rates/USD/JPY/stats"), 503, "no_rate")
    Pair.objects.filter(base="EUR").update(tracked=False)
    problem = assert_problem(get(api, STATS), 404, "unknown_pair")
    assert problem["detail"] == "EUR/USD is tracked no more; /rates/EUR/USD/history has its past."
    assert get(api, "/api/v1/rates/EUR/USD/history").status_code == 200


def test_the_summary_has_the_day_of_every_pair(api: APIClient, walk: list[Said]) -> None:
    now = timezone.now()
    body = get(api, SUMMARY).json()
    assert list(body) == ["environment", "seq", "results"]
    euro, pound = body["results"]
    assert (euro["symbol"], pound["symbol"]) == ("EUR/USD", "GBP/USD")
    stats = get(api, STATS).json()
    assert euro["change_24h"] == stats["changes"]["24h"]["change"]
    assert euro["change_pct_24h"] == stats["changes"]["24h"]["change_pct"]
    assert (euro["high_24h"], euro["low_24h"]) == (stats["high_24h"], stats["low_24h"])
    assert euro["price"] == stats["price"]
    assert (pound["change_24h"], pound["change_pct_24h"]) == (None, None)
    half = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    first = half - timedelta(minutes=30 * 47)
    last = {(one.as_of - first) // timedelta(minutes=30): one.mid for one in walk if one.as_of >= first}
    assert euro["spark"] == [last[step].rstrip("0") for step in sorted(last)]
    assert 20 < len(euro["spark"]) <= 48
