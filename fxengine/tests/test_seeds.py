"""A first start's pairs, sources and schedule; and that what staff changed since stays."""

from __future__ import annotations

import json

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from pytest_django.fixtures import Settings

from fxengine.seeds import seed
from providers.adapters import keys
from providers.models import Provider
from rates.currencies import CURRENCIES, UnknownCurrency
from rates.models import Currency, Pair, RunCounter

pytestmark = pytest.mark.django_db


def symbols() -> list[str]:
    return [pair.symbol for pair in Pair.objects.order_by("base", "quote")]


def test_it_tracks_the_36_pairs_of_nine_currencies_in_market_orientation() -> None:
    seed()
    assert symbols() == [
        "AUD/CAD", "AUD/CHF", "AUD/CNY", "AUD/INR", "AUD/JPY", "AUD/USD", "CAD/CHF", "CAD/CNY", "CAD/INR",
        "CAD/JPY", "CHF/CNY", "CHF/INR", "CHF/JPY", "CNY/INR", "CNY/JPY", "EUR/AUD", "EUR/CAD", "EUR/CHF",
        "EUR/CNY", "EUR/GBP", "EUR/INR", "EUR/JPY", "EUR/USD", "GBP/AUD", "GBP/CAD", "GBP/CHF", "GBP/CNY",
        "GBP/INR", "GBP/JPY", "GBP/USD", "INR/JPY", "USD/CAD", "USD/CHF", "USD/CNY", "USD/INR", "USD/JPY",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bases", "targets", "tracked", "expected"),
    [
        (["USD"], ["EUR", "GBP"], [], ["EUR/USD", "GBP/USD"]),
        (["usd"], [], ["JPY", "EUR", "USD"], ["EUR/USD", "USD/JPY"]),
        ([], ["CHF"], ["EUR", "USD", "CHF"], ["EUR/CHF", "USD/CHF"]),
        (["EUR", "USD"], ["EUR", "USD"], [], ["EUR/USD"]),
        ([], [], ["NOK", "SEK"], ["NOK/SEK"]),
        ([], [], [" USD", "EUR ", ""], ["EUR/USD"]),
    ],
)
def test_the_settings_choose_the_pairs(
    settings: Settings, bases: list[str], targets: list[str], tracked: list[str], expected: list[str]
) -> None:
    settings.WORKER_BASE_CURRENCIES, settings.WORKER_TARGET_CURRENCIES = bases, targets
    settings.TRACKED_CURRENCIES = tracked
    seed()
    assert symbols() == expected


def test_a_currency_that_does_not_exist_stops_the_start_by_name(settings: Settings) -> None:
    settings.TRACKED_CURRENCIES = ["USD", "ZZZ"]
    with pytest.raises(UnknownCurrency, match="ZZZ"):
        seed()


@pytest.mark.parametrize(("symbol", "shown"), [("USD/JPY", (3, 2)), ("EUR/USD", (5, 4)), ("USD/INR", (4, 3))])
def test_pairs_are_shown_as_markets_do(symbol: str, shown: tuple[int, int]) -> None:
    seed()
    base, quote = symbol.split("/")
    pair = Pair.objects.get(base=base, quote=quote)
    assert (pair.price_decimals, pair.pip_position) == shown


def test_every_currency_of_the_table_is_there() -> None:
    seed()
    assert set(Currency.objects.values_list("code", flat=True)) == set(CURRENCIES)


def test_in_a_demo_every_source_speaks_to_the_market_with_its_published_key() -> None:
    seed()
    assert set(Provider.objects.values_list("key", flat=True)) == set(keys())
    sources = {source.key: source for source in Provider.objects.enabled()}
    assert set(sources) == {"ecb", "fixer", "freecurrencyapi", "openexchangerates"}
    assert not any(source.idle for source in sources.values())
    assert {source.lacks for source in Provider.objects.filter(enabled=False)} == {"demo_vendor"}
    assert sources["fixer"].secret.reveal() == "demo-key-fixer"
    assert sources["openexchangerates"].parameters == {"show_bid_ask": "1"}
    assert {key: source.interval_seconds for key, source in sources.items()} == {
        "ecb": 300,
        "fixer": 2,
        "freecurrencyapi": 2,
        "openexchangerates": 2,
    }
    assert RunCounter.objects.get().environment == "demo"


def test_in_live_operation_the_ecb_alone_is_polled_until_staff_add_others(settings: Settings) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    settings.WORKER_UPDATE_INTERVAL_SECONDS = 60
    seed()
    assert [source.key for source in Provider.objects.enabled()] == ["ecb"]
    assert not Provider.objects.exclude(sealed_key="").exists()
    assert Provider.objects.get(key="openexchangerates").parameters == {}
    assert set(
        Provider.objects.filter(key__in=("ecb", "fixer")).values_list("interval_seconds", flat=True)
    ) == {60, 300}
    assert RunCounter.objects.get().environment == "live"


def test_the_primary_source_is_trusted_first(settings: Settings) -> None:
    settings.PRIMARY_PROVIDER = "fixer"
    seed()
    assert Provider.objects.enabled()[0].key == "fixer"


def test_each_source_has_one_task_and_the_house_its_three() -> None:
    seed()
    tasks = {task.name: task for task in PeriodicTask.objects.exclude(name__startswith="celery.")}
    assert set(tasks) == {
        "beat",
        "clean",
        "reprice",
        *(f"poll {source.key}" for source in Provider.objects.all()),
    }
    assert json.loads(tasks["poll ecb"].args) == ["ecb"]
    assert (tasks["poll ecb"].interval.every, tasks["poll ecb"].interval.period) == (300, "seconds")


def test_a_second_start_changes_nothing_that_staff_changed() -> None:
    seed()
    Pair.objects.filter(base="EUR").update(tracked=False, method="primary")
    Pair.objects.get(base="AUD", quote="CAD").delete()
    source = Provider.objects.get(key="fixer")
    source.enabled, source.interval_seconds = False, 30
    source.set_key("a key of staff's own")
    source.save()
    hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    PeriodicTask.objects.filter(name="clean").update(interval=hourly)
    Currency.objects.filter(code="EUR").update(name="Our euro")
    seed()
    assert Pair.objects.count() == 35
    assert set(Pair.objects.filter(base="EUR").values_list("tracked", "method")) == {(False, "primary")}
    source.refresh_from_db()
    assert (source.enabled, source.interval_seconds) == (False, 30)
    assert source.secret.reveal() == "a key of staff's own"
    assert not PeriodicTask.objects.get(name="poll fixer").enabled
    assert PeriodicTask.objects.get(name="clean").interval == hourly
    assert Currency.objects.get(code="EUR").name == "Our euro"
    assert RunCounter.objects.count() == 1


def test_equal_intervals_that_staff_made_stop_no_start() -> None:
    seed()
    IntervalSchedule.objects.bulk_create(
        [IntervalSchedule(every=row.every, period=row.period) for row in IntervalSchedule.objects.all()]
    )
    seed()
    assert set(PeriodicTask.objects.values_list("name", flat=True)) >= {"beat", "clean", "poll ecb"}


def test_a_source_that_was_added_since_comes_with_the_next_start() -> None:
    seed()
    Provider.objects.filter(key="ecb").delete()
    seed()
    assert Provider.objects.filter(key="ecb").exists()
