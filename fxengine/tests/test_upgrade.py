"""An installation from before partitions and candles keeps its ticks and prices, and gets both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from django.core.management import call_command
from django.db import connection

from providers import partitions
from providers.models import Provider, TickLog
from providers.services import keep
from providers.tests.builders import NOW, tick
from rates.candles import Interval, fold
from rates.models import Candle, Rate, RunCounter

BEFORE = {"providers": "0003_breaker_and_quota", "rates": "0002_reference_rates"}
MONTH = timedelta(days=30)
STORED = datetime(2026, 11, 20, 12, tzinfo=UTC)
_ROWS = """
INSERT INTO providers_provider (key, name, enabled, interval_seconds, priority, base_url, parameters,
        plan_day, sealed_key, key_hint) VALUES ('fixer', 'Fixer', true, 3, 50, '', '{}', 1, '', '');
INSERT INTO rates_currency (code, numeric, name, symbol, minor_units, active)
    SELECT code, '000', code, '', 2, true FROM unnest('{EUR,USD,GBP}'::text[]) AS code;
INSERT INTO rates_pair (base_id, quote_id, tracked, method, price_decimals, pip_position)
    VALUES ('EUR', 'USD', true, 'median', 5, 4), ('GBP', 'USD', true, 'median', 5, 4);
INSERT INTO rates_runcounter (id, stream, seq, environment) VALUES (1, gen_random_uuid(), 100, 'demo');
INSERT INTO providers_ticklog (provider_id, base, quote, mid, as_of, as_of_basis, received_at)
    SELECT provider.id, 'EUR', 'USD', 1.1, moment, 'vendor', moment FROM providers_provider AS provider,
        generate_series('2026-11-19 22:00+00'::timestamptz, '2026-11-20 02:00+00', '1 hour') AS moment;
INSERT INTO rates_rate (id, pair_id, seq, bid, ask, mid, as_of, as_of_basis, received_at, method, path,
        sources, dispersion_bps, confidence, market, max_age)
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7000'
            || lpad(to_hex((1 << 30) + pair.id * 1000 + number), 16, '8'))::uuid,
        pair.id, number, mid - 0.01, mid + 0.01, mid, moment, 'vendor', moment, 'median', '{EUR,USD}', 3, 0.1,
        'high', 'open', '6 s'
    FROM rates_pair AS pair, generate_series(1, 100) AS number,
        LATERAL (SELECT timestamptz '2026-11-20 12:00+00' - (100 - number) * interval '50 s' AS moment,
            1.5 + 0.1 * sin(number) AS mid) AS made;
"""


@pytest.fixture
def _before(transactional_db: None) -> Iterator[None]:
    """Work in a database of its own, as an earlier version left it."""
    ours = str(connection.settings_dict["NAME"])
    _run("CREATE DATABASE fx_before")
    try:
        _use("fx_before")
        for app, name in BEFORE.items():
            call_command("migrate", app, name, verbosity=0, interactive=False)
        _run(_ROWS)
        yield
    finally:
        _use(ours)
        _run("DROP DATABASE fx_before WITH (FORCE)")


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.usefixtures("_before")
def test_an_upgrade_keeps_what_is_stored_and_makes_what_is_new() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    newest = Rate.objects.select_related("pair").latest("seq")
    assert (newest.recorded_at, newest.as_price().path) == (STORED, ("EUR", "USD"))
    assert RunCounter.objects.get().recorded_at == STORED
    rates = Rate.objects.select_related("pair").order_by("pair", "seq")
    for pair_id, rows in groupby(rates, lambda rate: rate.pair_id):
        prices = [row.as_price() for row in rows]
        assert len(prices) == 100
        for interval in Interval:
            stored = Candle.objects.filter(pair=pair_id, interval=interval).order_by("t")
            assert [row.as_shape() for row in stored] == fold(prices, interval)
    assert TickLog.objects.count() == 5
    partitions.keep_up(NOW, MONTH)
    keep([tick(age=age) for age in (0, 1)])
    assert Provider.objects.get().key == "fixer"
    assert list(TickLog.objects.order_by("as_of").values_list("pk", flat=True)) == [*range(1, 8)]
