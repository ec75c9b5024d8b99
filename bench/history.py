"""Measure how fast stored prices are read, over a year of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction

from bench.market import BEGIN, DAYS, Market, runs
from bench.measures import Measure, milliseconds, p50, p99
from fxengine.seeds import seed
from rates.candles import Interval
from rates.current import load_board
from rates.models import Candle, Pair, Rate, RunCounter

END = BEGIN + timedelta(days=DAYS)
TIMES = 200
PAGE = 500
_RATES = (
    "COPY rates_rate (id, pair_id, seq, bid, ask, mid, as_of, as_of_basis, received_at, recorded_at, method,"
    " path, sources, dispersion_bps, confidence, market, max_age) FROM STDIN"
)
_CANDLES = (
    "COPY rates_candle (pair_id, interval, t, mid_o, mid_h, mid_l, mid_c, bid_o, bid_h, bid_l, bid_c,"
    " ask_o, ask_h, ask_l, ask_c, n, last_seq, recorded_at) FROM STDIN"
)


def measure(options: argparse.Namespace) -> dict[str, Measure]:
    """Load about `options.rows` rates with their candles, and read them."""
    seed()
    began = time.perf_counter()
    load(options.rows)
    took = time.perf_counter() - began
    rates, candles = Rate.objects.count(), Candle.objects.count()
    print(f"history: {rates:,} rates and {candles:,} candles loaded in {took:.0f} s", file=sys.stderr)
    return {"rows": Measure(rates, "rates"), "load": Measure((rates + candles) / took, "rows/s")} | read()


def load(rows: int) -> None:
    """Fill a year, a transaction a day; indexes are made afterwards."""
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    market = Market(pairs, runs(rows, len(pairs)))
    with unlimited(), indexes_later():
        for rates, candles in market.days():
            with transaction.atomic(), connection.cursor() as cursor:
                for statement, lines in ((_RATES, rates), (_CANDLES, candles)):
                    with cursor.copy(statement) as copy:
                        copy.write("".join(lines))
    RunCounter.objects.update(seq=market.seq, recorded_at=END)
    with unlimited(), connection.cursor() as cursor:
        cursor.execute("ANALYZE rates_rate, rates_candle")


@contextmanager
def unlimited() -> Iterator[None]:
    """Lift the limit on statements: an index over millions of rows takes longer."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout; RESET maintenance_work_mem")


@contextmanager
def indexes_later() -> Iterator[None]:
    """Drop the indexes of rates that COPY would have to keep, and make them again at the end."""
    wanted = Rate._meta.indexes
    with connection.schema_editor(atomic=False) as schema:
        for index in wanted:
            schema.remove_index(Rate, index)
    yield
    with connection.schema_editor(atomic=False) as schema:
        for index in wanted:
            schema.add_index(Rate, index)


def read() -> dict[str, Measure]:
    """Read a year of candles, a page of prices, and the newest of all pairs, again and again."""
    pair = Pair.objects.get(base="EUR", quote="USD")
    middle = BEGIN + timedelta(days=DAYS // 2)

    def year() -> None:
        rows = Candle.objects.between(pair, Interval.D1, BEGIN, END)
        assert len(rows.of_side("mid")) == DAYS

    def page() -> None:
        rows = Rate.objects.filter(pair=pair, as_of__gte=middle).order_by("as_of", "seq")[:PAGE]
        assert len([rate.as_price() for rate in rows.select_related("pair")]) <= PAGE

    def newest() -> None:
        assert len(load_board()[2]) == Pair.objects.tracked().count()

    year_ms, page_ms, newest_ms = (milliseconds(work, TIMES) for work in (year, page, newest))
    return {
        "a year of candles, p50": Measure(p50(year_ms), "ms", at_least=20, aim=5),
        "a year of candles, p99": Measure(p99(year_ms), "ms"),
        "a page of 500 prices, p50": Measure(p50(page_ms), "ms"),
        "newest of all pairs, p50": Measure(p50(newest_ms), "ms"),
    }
