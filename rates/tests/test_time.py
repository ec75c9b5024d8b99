"""A published price never goes back in time, whoever speaks late or falls silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from providers.adapters.base import Basis, Tick
from providers.models import Provider
from rates.current import position
from rates.models import Rate
from rates.price import Price, publish
from rates.services import reprice
from rates.tests.builders import NOW
from rates.tests.scene import fixed, provider, run, said, set_up

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def euro(prices: list[Price]) -> Price:
    return next(price for price in prices if price.symbol == "EUR/USD")


def test_the_daily_fixing_does_not_follow_on_an_intraday_price() -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    provider("ecb")
    run(said(EUR="0.92"))
    hour_later = NOW + timedelta(hours=1)
    assert run(fixed(NOW, at=hour_later, USD="1.1", GBP="0.85"), hour_later)[0].symbol == "GBP/USD"
    assert reprice({"EUR"}, hour_later) == []
    assert position()[1] == 2


def test_a_fixing_of_a_later_day_than_the_last_intraday_price_is_published() -> None:
    set_up("EUR/USD")
    provider()
    provider("ecb")
    run(said(EUR="0.92"))
    next_day = NOW + timedelta(days=1)
    price = euro(run(fixed(next_day, at=next_day, USD="1.1"), next_day))
    assert (price.mid, price.as_of_basis) == (Decimal("1.1"), Basis.DATE)


def test_with_the_daily_source_alone_each_new_fixing_is_published_once() -> None:
    set_up("EUR/USD", environment="demo")
    provider("ecb")
    published = []
    for day in range(4):
        for hour in (15, 16, 20):
            at = datetime(2026, 11, 16 + day, hour, tzinfo=UTC)
            published += run(fixed(at, at=at, USD=f"1.1{day}"), at)
    assert [str(price.mid) for price in published] == ["1.1", "1.11", "1.12", "1.13"]
    assert [price.seq for price in published] == [1, 2, 3, 4]
    assert {price.as_of.hour for price in published} == {0}


def test_a_slower_poll_that_commits_later_joins_without_turning_the_clock_back() -> None:
    set_up("EUR/USD")
    provider()
    provider("openexchangerates")
    first = euro(run(said(EUR="0.5")))
    late = said("openexchangerates", at=NOW + SECOND, behind=3, EUR="0.499")
    second = euro(run(late, NOW + SECOND))
    assert (second.sources, second.mid, second.as_of) == (
        2,
        publish((2 + 1 / Decimal("0.499")) / 2),
        first.as_of,
    )


def test_a_late_answer_of_the_same_source_changes_nothing() -> None:
    set_up("EUR/USD")
    provider()
    run(said(EUR="0.5"))
    assert run(said(at=NOW + SECOND, behind=3, EUR="0.499"), NOW + SECOND) == []
    assert Rate.objects.count() == 1


def test_when_the_source_with_the_newest_word_is_switched_off_the_pair_waits_for_a_newer_one() -> None:
    set_up("EUR/USD")
    provider()
    provider("openexchangerates")
    run(said("openexchangerates", behind=2, EUR="0.499"))
    ahead = euro(run(said(EUR="0.5")))
    Provider.objects.filter(key="fixer").update(enabled=False)
    assert reprice({"EUR"}, NOW + SECOND) == []
    later = NOW + 3 * SECOND
    price = euro(run(said("openexchangerates", at=later, behind=2, EUR="0.499"), later))
    assert (price.sources, price.mid) == (1, publish(1 / Decimal("0.499")))
    assert price.as_of > ahead.as_of


def test_a_source_without_a_clock_gives_way_until_the_others_clock_has_passed_it() -> None:
    set_up("EUR/USD")
    provider()
    provider("freecurrencyapi")
    ours = [Tick("freecurrencyapi", "USD", "EUR", Decimal("0.5"), NOW, Basis.RECEIVED, NOW)]
    assert euro(run(ours)).as_of == NOW
    assert run(said(at=NOW + SECOND, behind=2, EUR="0.5"), NOW + SECOND) == []
    later = NOW + 3 * SECOND
    price = euro(run(said(at=later, behind=2, EUR="0.5"), later))
    assert (price.as_of, price.as_of_basis) == (NOW + SECOND, Basis.VENDOR)


def test_one_pair_that_waits_does_not_hold_up_the_others() -> None:
    set_up("EUR/USD", "EUR/GBP", "GBP/USD")
    provider()
    provider("openexchangerates")
    run(said("openexchangerates", behind=2, EUR="0.499", GBP="0.8"))
    run(said(EUR="0.5"))
    Provider.objects.filter(key="fixer").update(enabled=False)
    moved = {pair.symbol for pair, _ in reprice({"EUR", "GBP", "USD"}, NOW + SECOND)}
    assert moved == {"EUR/GBP", "GBP/USD"}


def test_over_the_weekend_the_last_word_of_friday_still_counts(settings: Settings) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    set_up("EUR/USD", environment="live")
    provider()
    closes = datetime(2026, 11, 20, 22, tzinfo=UTC)
    sunday = closes + timedelta(hours=47)
    price = euro(run(said(at=closes - SECOND, EUR="0.5"), sunday))
    assert (price.mid, price.market) == (Decimal(2), "closed")
    assert reprice({"EUR"}, sunday + timedelta(hours=1)) == []


def test_on_the_weekend_a_vendor_that_goes_on_is_heard(settings: Settings) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    set_up("EUR/USD", environment="live")
    provider()
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert euro(run(said(at=saturday, EUR="0.5"), saturday)).as_of == saturday
    ahead = said(at=saturday + SECOND, behind=-180, EUR="0.499")
    assert run(ahead, saturday + SECOND) == []
