"""A history as it was known at a moment is what the prices recorded by then make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from rates.models import Rate
from rates.tests.contract import get
from rates.tests.scene import set_up, shared_rows
from rates.tests.walk import SPANS, Said, expected, moments, publish_walk

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 12, 22, 40, tzinfo=UTC)
WHOLE = {"from": "2026-11-09", "to": "2026-11-15"}
HISTORY = "/api/v1/rates/EUR/USD/history"
CELLS = ("t", "o", "h", "l", "c", "n")


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Said]]:
    """Publish 240 prices of EUR/USD over some hours, across midnight."""
    with shared_rows(django_db_blocker):
        set_up("EUR/USD")
        yield publish_walk("EUR/USD", moments(START, 240, 220))


def cells(answer: Any) -> list[list[Any]]:
    assert answer.status_code == 200, answer.content
    return [[row[column] for column in CELLS] for row in answer.json()["candles"]]


@pytest.mark.parametrize("interval", SPANS)
@pytest.mark.parametrize("number", [0, 1, 57, 200, 239])
def test_known_at_gives_the_candles_of_the_prices_recorded_by_then(
    api: APIClient, walk: list[Said], interval: str, number: int
) -> None:
    moment = walk[number].recorded_at
    query = WHOLE | {"interval": interval, "limit": "5000", "known_at": moment.isoformat()}
    for symbol, inverse in (("EUR/USD", False), ("USD/EUR", True)):
        answer = get(api, f"/api/v1/rates/{symbol}/history", query)
        known = [one for one in walk if one.recorded_at <= moment]
        assert cells(answer) == expected(known, interval, "mid", inverse=inverse)
        for candle in answer.json()["candles"]:
            over = datetime.fromisoformat(candle["t"]) + timedelta(seconds=SPANS[interval]) <= moment
            assert candle["complete"] == over


def test_known_at_before_the_first_price_knows_nothing(api: APIClient, walk: list[Said]) -> None:
    moment = walk[0].recorded_at - timedelta(microseconds=1)
    query = WHOLE | {"known_at": moment.isoformat()}
    assert get(api, HISTORY, query | {"interval": "1w"}).json()["candles"] == []
    assert get(api, HISTORY, query | {"interval": "tick"}).json()["ticks"] == []


def test_known_at_gives_the_prices_published_by_then_and_ends_there(api: APIClient, walk: list[Said]) -> None:
    moment = walk[57].recorded_at
    query = {"interval": "tick", "hours": "720", "known_at": moment.isoformat()}
    found = get(api, HISTORY, query).json()["ticks"]
    assert [row["seq"] for row in found] == [one.seq for one in walk if one.recorded_at <= moment]


def test_prices_that_are_gone_are_missed_in_their_minute_alone(api: APIClient, walk: list[Said]) -> None:
    number = next(n for n in range(100, 200) if walk[n].as_of.minute != walk[n + 1].as_of.minute)
    moment = walk[number].recorded_at
    query = WHOLE | {"interval": "1w", "known_at": moment.isoformat()}
    before = cells(get(api, HISTORY, query))
    Rate.objects.filter(as_of__lt=moment - timedelta(minutes=1)).delete()
    assert cells(get(api, HISTORY, query)) == before
