"""The history of a pair is what an independent reckoning makes of its prices, in every form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from rates.candles import Interval
from rates.history import Direction, Side, Span, candles, choose_interval, prices
from rates.models import Rate
from rates.tests.contract import assert_problem, get, rows_of
from rates.tests.scene import set_up, shared_rows
from rates.tests.walk import SPANS, Said, expected, moments, publish_walk, stamp

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 12, 22, 40, tzinfo=UTC)
WHOLE = {"from": "2026-11-09", "to": "2026-11-15"}
HISTORY = "/api/v1/rates/EUR/USD/history"
CELLS = ("t", "o", "h", "l", "c", "n")


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Said]]:
    """Publish 400 prices of EUR/USD over some ten hours, across midnight."""
    with shared_rows(django_db_blocker):
        set_up("EUR/USD", "GBP/USD")
        publish_walk("GBP/USD", moments(START - timedelta(hours=1), 5, 60))
        yield publish_walk("EUR/USD", moments(START, 400, 220))


def cells(answer: Any, name: str = "candles") -> list[list[Any]]:
    assert answer.status_code == 200, answer.content
    return [[row[column] for column in CELLS] for row in answer.json()[name]]


def follow(api: APIClient, path: str, query: dict[str, Any], name: str) -> Iterator[list[Any]]:
    """Give page after page."""
    answer = get(api, path, query)
    while True:
        body = answer.json()
        yield body[name]
        if body["next"] is None:
            return
        answer = get(api, body["next"].removeprefix("http://testserver"))


@pytest.mark.parametrize("interval", SPANS)
@pytest.mark.parametrize("side", ["mid", "bid", "ask"])
def test_candles_are_what_the_published_prices_make(
    api: APIClient, walk: list[Said], interval: str, side: str
) -> None:
    query = WHOLE | {"interval": interval, "side": side, "limit": "5000"}
    answer = get(api, HISTORY, query)
    assert cells(answer) == expected(walk, interval, side)
    body = answer.json()
    assert list(body) == ["base", "quote", "interval", "side", "candles", "next"]
    assert (body["base"], body["quote"], body["interval"], body["side"], body["next"]) == (
        "EUR",
        "USD",
        interval,
        side,
        None,
    )


@pytest.mark.parametrize("side", ["mid", "bid", "ask"])
def test_the_inverse_pair_has_the_inverse_candles_with_the_sides_swapped(
    api: APIClient, walk: list[Said], side: str
) -> None:
    query = WHOLE | {"interval": "15m", "side": side}
    turned = get(api, "/api/v1/rates/USD/EUR/history", query)
    assert cells(turned) == expected(walk, "15m", side, inverse=True)


def test_a_candle_is_complete_when_its_bucket_is_over(api: APIClient, walk: list[Said]) -> None:
    now = timezone.now()
    publish_walk("GBP/USD", [now])
    query = {"interval": "1w", "from": "2026-11-09"}
    body = get(api, "/api/v1/rates/GBP/USD/history", query).json()
    assert [candle["complete"] for candle in body["candles"]] == [True, False]


@pytest.mark.parametrize(
    ("seconds", "interval"),
    [(1, "1m"), (500 * 60, "1m"), (500 * 60 + 1, "5m"), (86_400, "5m"), (30 * 86_400, "4h"),
     (366 * 86_400, "1d"), (500 * 604_800, "1w"), (900 * 604_800, "1w"), (0, "1m"), (-5, "1m")],
)  # fmt: skip
def test_the_interval_is_the_shortest_of_which_at_most_500_cover_the_time(
    seconds: int, interval: str
) -> None:
    assert choose_interval(timedelta(seconds=seconds), 500) == interval


def test_without_an_interval_one_is_chosen_and_said(api: APIClient, walk: list[Said]) -> None:
    body = get(api, HISTORY, {"from": "2026-11-12T22:00:00Z", "to": "2026-11-14T22:00:00Z"}).json()
    assert body["interval"] == "15m"
    assert [[row[column] for column in CELLS] for row in body["candles"]] == expected(walk, "15m", "mid")


@pytest.mark.parametrize(
    ("query", "interval", "length"),
    [
        ({}, "5m", timedelta(hours=24)),
        ({"hours": "1"}, "1m", timedelta(hours=1)),
        ({"hours": "720", "to": "2026-11-15T00:00:00Z"}, "4h", timedelta(days=30)),
        ({"interval": "1h"}, "1h", timedelta(hours=500)),
        ({"interval": "tick"}, "tick", timedelta(hours=1)),
    ],
)
def test_a_history_without_a_beginning_goes_back_from_its_end(
    api: APIClient, walk: list[Said], query: dict[str, str], interval: str, length: timedelta
) -> None:
    now = timezone.now()
    publish_walk("EUR/USD", [now - timedelta(minutes=59), now - timedelta(minutes=45), now])
    body = get(api, HISTORY, query | {"limit": "1"}).json()
    assert body["interval"] == interval
    asked = {name: texts[0] for name, texts in parse_qs(urlsplit(body["next"]).query).items()}
    assert "hours" not in asked
    assert datetime.fromisoformat(asked["to"]) - datetime.fromisoformat(asked["from"]) == length


def test_ticks_are_the_published_prices_in_their_order(api: APIClient, walk: list[Said]) -> None:
    body = get(api, HISTORY, WHOLE | {"interval": "tick", "side": "ask"}).json()
    assert list(body) == ["base", "quote", "interval", "side", "ticks", "next"]
    assert [[row[name] for name in ("t", "rate", "bid", "ask", "mid", "seq")] for row in body["ticks"]] == [
        [stamp(one.as_of), *(text.rstrip("0") for text in (one.ask, one.bid, one.ask, one.mid)), one.seq]
        for one in walk
    ]
    assert body["ticks"][9]["rate_id"] == str(Rate.objects.get(pair__base="EUR", seq=walk[9].seq).pk)
    turned = get(api, "/api/v1/rates/USD/EUR/history", WHOLE | {"interval": "tick"}).json()["ticks"]
    assert [row["rate"] for row in turned] == [
        candle[4] for one in walk for candle in expected([one], "1m", "mid", inverse=True)
    ]


@pytest.mark.parametrize(("interval", "name"), [("5m", "candles"), ("tick", "ticks")])
def test_pages_hold_everything_once(api: APIClient, walk: list[Said], interval: str, name: str) -> None:
    query = WHOLE | {"interval": interval}
    whole = get(api, HISTORY, query | {"limit": "5000"}).json()[name]
    for limit in (7, len(whole) - 1, len(whole)):
        found = list(follow(api, HISTORY, query | {"limit": str(limit)}, name))
        assert [row for page in found for row in page] == whole
        assert len(found) == -(-len(whole) // limit)


@pytest.mark.parametrize(("interval", "name"), [("1m", "candles"), ("tick", "ticks")])
def test_a_cursor_stays_valid_while_prices_arrive(
    api: APIClient, walk: list[Said], interval: str, name: str
) -> None:
    now = timezone.now()
    early = publish_walk("GBP/USD", [now - timedelta(minutes=age) for age in range(50, 40, -1)])
    pages = follow(
        api, "/api/v1/rates/GBP/USD/history", {"interval": interval, "hours": "1", "limit": "4"}, name
    )
    seen = next(pages)
    publish_walk("GBP/USD", [now - timedelta(minutes=age) for age in range(30, 25, -1)])
    publish_walk("GBP/USD", [timezone.now() + timedelta(hours=1)])
    seen += [row for page in pages for row in page]
    assert len(seen) == len(early) + 5
    assert [row["t"] for row in seen] == sorted({row["t"] for row in seen})


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
@pytest.mark.parametrize(
    "more",
    [{"interval": "1m"}, {"interval": "1m", "side": "bid"}, {"interval": "tick"}, {}, {"to": "2026-11-10"}],
    ids=str,
)
def test_csv_and_ndjson_say_what_json_says(
    api: APIClient, walk: list[Said], accept: str, more: dict[str, str]
) -> None:
    answer = api.get(HISTORY, WHOLE | more, headers={"Accept": accept})
    body = get(api, HISTORY, WHOLE | more | {"limit": "5000"}).json()
    expected_rows = body.get("candles", body.get("ticks"))
    if accept == "text/csv":
        expected_rows = [
            {name: str(cell).lower() if not isinstance(cell, str) else cell for name, cell in row.items()}
            for row in expected_rows
        ]
    assert answer["Content-Type"].startswith(accept)
    assert rows_of(answer) == expected_rows


def test_a_stream_has_no_limit_but_keeps_one_that_is_given(api: APIClient, walk: list[Said]) -> None:
    accept = {"Accept": "application/x-ndjson"}
    for limit, count in ((None, 400), ("10", 10)):
        query = WHOLE | {"interval": "tick"} | ({"limit": limit} if limit else {})
        assert len(rows_of(api.get(HISTORY, query, headers=accept))) == count


def test_rows_are_read_in_chunks_and_no_faster_than_they_are_taken(
    walk: list[Said], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    direction = Direction.of("EUR", "USD")
    span = Span(START, START + timedelta(days=2), Interval.M1)
    minutes = len(expected(walk, "1m", "mid"))
    for rows, count in ((candles(direction, span, 50), minutes), (prices(direction, span, 50), 400)):
        with django_assert_num_queries(1):
            next(rows)
        with django_assert_num_queries(count // 50):
            assert sum(1 for _ in rows) == count - 1


def test_a_reader_who_has_the_newest_gets_304(api: APIClient, walk: list[Said]) -> None:
    first = get(api, HISTORY, WHOLE)
    again = get(api, HISTORY, WHOLE, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    publish_walk("EUR/USD", [datetime(2026, 11, 14, tzinfo=UTC)])
    assert get(api, HISTORY, WHOLE, **{"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("pair", ["EUR/GBP", "GBP/EUR", "EUR/NOK", "EUR/EUR"])
def test_a_pair_that_is_not_tracked_has_no_history(api: APIClient, walk: list[Said], pair: str) -> None:
    problem = assert_problem(get(api, f"/api/v1/rates/{pair}/history"), 404, "unknown_pair")
    assert f"/rates/{pair} has its price" in problem["detail"]


def test_other_sides_of_a_span_are_the_default(walk: list[Said]) -> None:
    assert [side.other for side in Side] == [Side.MID, Side.ASK, Side.BID]
