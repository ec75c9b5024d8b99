"""The bench measures what it says, on prices and candles that belong together."""

from __future__ import annotations

import argparse
from datetime import timedelta

import pytest

from bench import __main__ as bench
from bench import ingest
from bench.market import DAYS, Market, runs
from bench.measures import Measure, table
from providers.models import TickLog
from rates.candles import Interval
from rates.models import Rate

SHAPE = {"value", "unit", "reference", "reference_value", "ratio", "at_least", "aim"}


def test_a_year_has_about_as_many_rates_as_were_asked_for() -> None:
    assert runs(5_000_000, 36) * 36 * DAYS == pytest.approx(5_000_000, rel=0.01)
    assert runs(1, 36) == 1


def test_the_market_writes_every_price_into_one_candle_of_each_interval() -> None:
    rates, candles = [], []
    for day_rates, day_candles in Market([1, 2], 8).days():
        rates += day_rates
        candles += [line.split("\t") for line in day_candles]
    assert len(rates) == 2 * 8 * DAYS
    for interval in Interval:
        assert sum(int(line[15]) for line in candles if line[1] == interval) == len(rates)


def test_a_figure_is_shown_beside_its_reference() -> None:
    measure = Measure(30, "rows/s", "bulk_create", 10, at_least=2, aim=2.6)
    assert measure.ratio == 3
    assert set(measure.as_json()) == SHAPE
    assert Measure(30, "ms").as_json()["ratio"] is None
    lines = table({"ingest": {"keep": measure, "held": Measure(30, "ms")}}).splitlines()
    assert len(lines) == 3
    assert lines[1].split() == ["ingest:", "keep", "30", "rows/s", "10", "3", "2", "2.6", "(bulk_create)"]


def test_a_part_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.parse(["nothing"])
    assert "no part nothing" in capsys.readouterr().err


@pytest.mark.django_db
def test_ingest_is_measured_in_turns_with_its_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCHES", 2)
    monkeypatch.setattr(ingest, "RUNS", 3)
    measures = ingest.measure(argparse.Namespace())
    assert {name for name, measure in measures.items() if measure.ratio} == {
        "ticks and newest, 2,000 a batch",
        "backfill by COPY",
    }
    assert TickLog.objects.count() == 2 * 2 * ingest.BATCH + 3 * len(ingest.PER_DOLLAR)
    assert TickLog.objects.latest("as_of").as_of - TickLog.objects.earliest("as_of").as_of < timedelta(days=1)
    assert Rate.objects.count() == 3 * 36
