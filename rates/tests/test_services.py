"""Deciding from the tables, recording under one number, and reading it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from providers.models import Provider
from providers.services import keep
from rates.board import board
from rates.current import load_board, position, tracked_price, tracked_prices, tracked_symbols
from rates.deciding import decide_all
from rates.errors import WrongEnvironment
from rates.models import Pair, Rate, RateDecision, RunCounter
from rates.ondemand import current_price
from rates.price import Price
from rates.services import begin_run, record, reprice, wanted_currencies
from rates.tests.builders import NOW
from rates.tests.scene import LEVELS, NINE, THIRTY_SIX, fixed, provider, run, said, set_up

pytestmark = pytest.mark.django_db
EIGHT = {code: LEVELS[code] for code in NINE if code != "USD"}


def by_symbol(prices: list[Price]) -> dict[str, Price]:
    return {price.symbol: price for price in prices}


def test_it_prices_the_pairs_of_changed_currencies_alone() -> None:
    set_up()
    provider()
    run(said(**EIGHT))
    later = NOW + timedelta(seconds=1)
    moved = {price.symbol for price in run(said(at=later, GBP="0.79"), later)}
    assert moved == {f"{base}/{quote}" for base, quote in THIRTY_SIX if "GBP" in (base, quote)}
    assert len(moved) == 8


def test_it_prices_nothing_that_is_not_tracked() -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    Pair.objects.filter(base="GBP").update(tracked=False)
    assert [price.symbol for price in run(said(EUR="0.92", GBP="0.78"))] == ["EUR/USD"]
    assert tracked_symbols() == {"EUR/USD"}
    assert wanted_currencies() == {"EUR", "USD"}


def test_it_leaves_a_pair_out_whose_other_currency_nobody_priced() -> None:
    set_up("EUR/USD", "EUR/GBP")
    provider()
    assert [price.symbol for price in run(said(EUR="0.92"))] == ["EUR/USD"]


def test_the_method_that_staff_chose_for_a_currency_holds_in_every_cross_of_it() -> None:
    set_up("EUR/USD", "EUR/CHF")
    provider(priority=10)
    provider("openexchangerates", priority=50)
    Pair.objects.filter(quote="USD").update(method="primary")
    first = said(EUR="0.5", CHF="1") + said("openexchangerates", EUR="0.8", CHF="1")
    assert {p.symbol: p.mid for p in run(first)} == {"EUR/USD": Decimal(2), "EUR/CHF": Decimal(2)}
    later = NOW + timedelta(seconds=1)
    changed = reprice({"CHF"}, later)
    assert [(pair.symbol, price.mid) for pair, price in changed] == [("EUR/CHF", Decimal(2))]
    decided = decide_all({"EUR"}, list(Provider.objects.enabled()), later)
    assert (decided["EUR"].method, decided["EUR"].mid) == ("primary", Decimal(2))


def test_a_pair_keeps_the_max_age_that_staff_gave_it_and_others_follow_the_fastest_source() -> None:
    set_up("EUR/USD", "GBP/USD")
    provider(interval=7)
    provider("openexchangerates", interval=60)
    Pair.objects.filter(base="EUR").update(max_age_seconds=45)
    ages = {price.symbol: price.max_age for price in run(said(EUR="0.92", GBP="0.78"))}
    assert ages == {"EUR/USD": timedelta(seconds=45), "GBP/USD": timedelta(seconds=21)}


def test_a_run_takes_one_number_for_all_its_prices() -> None:
    set_up()
    provider()
    first = run(said(**EIGHT))
    later = NOW + timedelta(seconds=1)
    second = run(said(at=later, **EIGHT), later)
    assert [len(first), len(second)] == [36, 36]
    assert [{price.seq for price in prices} for prices in (first, second)] == [{1}, {2}]
    assert position()[1] == 2
    assert RateDecision.objects.filter(seq=2).count() == 8
    assert len({price.rate_id for price in first + second}) == 72


def test_a_run_that_prices_nothing_takes_no_number() -> None:
    set_up()
    provider()
    assert run([]) == []
    assert run(said(**EIGHT, at=NOW - timedelta(minutes=1)), NOW) == []
    assert position()[1] == 0
    assert not Rate.objects.exists()


@pytest.mark.parametrize("environment", ["live", "demo"])
def test_a_database_of_the_other_environment_is_refused(environment: str, settings: Settings) -> None:
    set_up(environment=environment)
    settings.FX_ENVIRONMENT = {"live": "demo", "demo": "live"}[environment]
    with pytest.raises(WrongEnvironment, match=f"holds {environment} prices, not"):
        begin_run()


@pytest.mark.parametrize(
    "read",
    [
        load_board,
        position,
        tracked_prices,
        partial(current_price, "EUR", "USD", NOW),
        partial(current_price, "NOK", "SEK", NOW),
    ],
)
def test_prices_of_the_other_environment_are_not_read_either(
    read: Callable[[], object], settings: Settings
) -> None:
    set_up(environment="demo")
    provider()
    run(said(**EIGHT, NOK="10", SEK="11"))
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    with pytest.raises(WrongEnvironment, match="holds demo prices, not live"):
        read()


def test_pricing_and_recording_36_pairs_takes_the_same_few_statements_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_up()
    provider()
    for second, changed in enumerate((EIGHT, EIGHT, {"GBP": "0.8"})):
        at = NOW + timedelta(seconds=second)
        keep(said(at=at, **changed))
        counter = begin_run()
        # Pairs, their newest, sources, ticks; orders, terms; the last decisions; the quarantine.
        with django_assert_num_queries(8):
            priced = reprice(changed, at)
        # Counter, decisions, what is remembered of them, rates, candles.
        with django_assert_num_queries(5):
            record(priced, counter, at)


def test_the_board_is_loaded_in_three_statements_and_in_symbol_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_up()
    provider()
    run(said(**EIGHT))
    with django_assert_num_queries(3):
        stream, seq, prices = load_board()
    assert (stream, seq) == position()
    assert [price.symbol for price in prices] == [f"{base}/{quote}" for base, quote in THIRTY_SIX]


def test_the_board_holds_the_newest_price_of_each_tracked_pair_as_it_was_published() -> None:
    set_up()
    provider()
    first = by_symbol(run(said(**EIGHT)))
    later = NOW + timedelta(seconds=1)
    second = by_symbol(run(said(at=later, GBP="0.79"), later))
    Pair.objects.filter(base="EUR", quote="JPY").update(tracked=False)
    _, seq, prices = load_board()
    assert seq == 2
    assert by_symbol(prices) == {s: p for s, p in (first | second).items() if s != "EUR/JPY"}


def test_the_board_has_nothing_of_a_run_after_the_number_it_states() -> None:
    set_up("EUR/USD")
    provider()
    run(said(EUR="0.92"))
    later = NOW + timedelta(seconds=1)
    run(said(at=later, EUR="0.93"), later)
    RunCounter.objects.update(seq=1)
    _, seq, (price,) = load_board()
    assert (seq, price.seq) == (1, 1)


def test_before_the_first_price_the_board_is_empty() -> None:
    set_up()
    stream, seq, prices = load_board()
    assert (len(stream), seq, prices) == (36, 0, [])


def test_prices_come_from_the_board_where_a_hub_feeds_it(
    django_assert_num_queries: DjangoAssertNumQueries, fed_board: None
) -> None:
    with django_assert_num_queries(0):
        assert tracked_prices() == ("a-stream", 7, board.all())
        assert tracked_price("USD", "EUR") == board.all()[0].inverse()
        assert tracked_price("GBP", "USD") is None


def test_without_a_hub_a_price_comes_from_the_database_in_either_direction() -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    (published,) = run(said(EUR="0.92"))
    assert tracked_price("EUR", "USD") == published
    assert tracked_price("USD", "EUR") == published.inverse()
    assert tracked_price("GBP", "USD") is None
    assert tracked_price("EUR", "GBP") is None


def test_a_currency_asked_for_later_is_priced_from_a_table_that_has_not_changed_since() -> None:
    set_up("EUR/USD")
    vendor = provider("ecb")
    keep(fixed(NOW, at=NOW, USD="1.25"))
    later = NOW + timedelta(minutes=5)
    keep(fixed(NOW, at=later, USD="1.25", NOK="11.25"))
    decided = decide_all({"EUR", "NOK"}, [vendor], later)
    assert (decided["EUR"].mid, decided["NOK"].mid) == (Decimal("1.25"), Decimal(9))


def test_what_came_on_demand_in_between_is_published_by_the_next_poll_of_the_same_table() -> None:
    set_up("EUR/USD")
    provider(interval=3600)
    run(said(EUR="0.8"))
    later = NOW + timedelta(minutes=5)
    keep(said(at=later, EUR="0.78125"))
    unchanged = keep(said(at=later, EUR="0.78125"))
    ((pair, price),) = reprice(unchanged, later, {"EUR", "USD"})
    assert (pair.symbol, price.mid, price.as_of) == ("EUR/USD", Decimal("1.28"), later)


def test_a_table_without_news_publishes_nothing() -> None:
    set_up("EUR/USD")
    provider(interval=3600)
    run(said(EUR="0.8"))
    assert reprice(keep(said(EUR="0.8")), NOW + timedelta(minutes=5), {"EUR", "USD"}) == []


def test_a_pair_tracked_later_is_priced_by_the_next_poll_of_a_table_without_news() -> None:
    set_up("EUR/USD", "EUR/NOK")
    provider("ecb")
    Pair.objects.filter(quote="NOK").update(tracked=False)
    run(fixed(NOW, at=NOW, USD="1.25", NOK="11.25"))
    Pair.objects.update(tracked=True)
    again = fixed(NOW, at=NOW + timedelta(minutes=5), USD="1.25", NOK="11.25")
    found = reprice(keep(again), NOW + timedelta(minutes=5), {"EUR", "USD", "NOK"})
    assert [(price.symbol, price.mid) for _, price in found] == [("EUR/NOK", Decimal("11.25"))]
