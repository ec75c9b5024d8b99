"""A year of prices belongs together, and every read of it goes by an index or by the day's partition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from bench import history
from bench.history import END
from bench.market import BEGIN, DAYS
from fxengine.seeds import seed
from providers import partitions
from providers.models import TickLog
from providers.services import keep
from providers.tests.builders import NOW, tick
from rates.candles import Interval, fold
from rates.current import load_board
from rates.models import Candle, Pair, Rate
from rates.tests.scene import shared_rows

ROWS = 36 * DAYS * 2
DAY = timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def _a_year(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load the prices of a year once."""
    with shared_rows(django_db_blocker):
        seed()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        history.load(ROWS)
        yield


@pytest.fixture
def pair(db: None) -> Pair:
    return Pair.objects.get(base="GBP", quote="JPY")


def test_its_candles_are_what_its_rates_fold_to(pair: Pair) -> None:
    assert Rate.objects.count() == ROWS
    prices = [rate.as_price() for rate in pair.rates.order_by("seq").select_related("pair")]
    for interval in Interval:
        stored = Candle.objects.between(pair, interval, BEGIN - 7 * DAY, END)
        assert [candle.as_shape() for candle in stored] == fold(prices, interval)


def test_its_reads_are_measured(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    monkeypatch.setattr(history, "TIMES", 2)
    measures = history.read()
    assert measures["a year of candles, p50"].value > 0
    json.dumps({name: measure.as_json() for name, measure in measures.items()})


def test_a_year_of_candles_is_read_by_their_key(pair: Pair) -> None:
    plan = Candle.objects.between(pair, Interval.D1, BEGIN, END).of_side("mid").explain()
    assert "rates_candle_pkey" in plan
    assert "Seq Scan" not in plan


def test_a_page_of_prices_is_read_in_the_order_of_an_index(pair: Pair) -> None:
    rates = Rate.objects.filter(pair=pair, as_of__gte=BEGIN + 100 * DAY)
    plan = rates.order_by("as_of", "seq")[:100].explain()
    assert "Index Scan using rate_pair_as_of" in plan
    assert "Sort" not in plan


def test_the_newest_of_all_pairs_takes_one_probe_for_each(pair: Pair) -> None:
    with CaptureQueriesContext(connection) as captured:
        load_board()
    with connection.cursor() as cursor:
        for query in captured:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on rates_rate" not in plan
            if "SubPlan" in plan:
                assert "rate_once_per_run" in plan
    assert any("LIMIT 1" in query["sql"] for query in captured)


def test_rates_that_are_too_old_are_found_by_an_index(pair: Pair) -> None:
    plan = Rate.objects.recorded_before(BEGIN + 3 * DAY).values("pk")[:10_000].explain()
    assert "rate_recorded" in plan


def test_a_page_of_ticks_reads_the_partition_of_its_day_alone(db: None) -> None:
    for number in range(4):
        partitions.make(NOW.date() - number * DAY)
    keep([tick(age=number * 40_000) for number in range(8)])
    page = TickLog.objects.filter(
        provider__key="fixer", base="EUR", quote="USD", as_of__gte=NOW - 2 * DAY, as_of__lt=NOW - DAY
    )
    plan = page.order_by("as_of")[:500].explain()
    assert "providers_ticklog_20261118" in plan
    assert "providers_ticklog_20261119" in plan
    assert not any(other in plan for other in ("20261120", "20261117", "default"))
