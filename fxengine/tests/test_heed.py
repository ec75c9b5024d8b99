"""What staff order is a row, and the next look at it makes the price."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from fxengine import pipeline
from providers.adapters.base import Basis, Tick
from providers.models import Provider, QuarantinedTick
from rates.current import inputs_of, position, tracked_price
from rates.models import Override, Pair, Rate
from rates.price import Price
from rates.stored import stored_price
from rates.tests.scene import fixed, provider, run, said, set_up

pytestmark = pytest.mark.django_db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def order(symbol: str, mid: str, now: datetime, **columns: Any) -> Override:
    base, quote = symbol.split("/")
    pair = Pair.objects.get(base=base, quote=quote)
    columns = {"expires_at": now + HOUR, "reason": "the sources are wrong"} | columns
    return Override.objects.create(pair=pair, mid=Decimal(mid), **columns)


def price(symbol: str) -> Price:
    found = tracked_price(*symbol.split("/"))
    assert found is not None
    return found


def house(*symbols: str) -> None:
    """Set up two sources that agree, and publish."""
    set_up(*symbols)
    provider(priority=10, interval=60)
    provider("openexchangerates", interval=60)
    at = timezone.now() - SECOND
    ticks = said(at=at, EUR="0.8", GBP="0.78") + said("openexchangerates", at=at, EUR="0.8", GBP="0.781")
    run(ticks, at)
    pipeline.heed(timezone.now())


def test_without_news_it_asks_five_times_and_publishes_nothing(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    house("EUR/USD", "GBP/USD", "EUR/GBP")
    before = position()[1]
    with django_assert_num_queries(5):  # overrides, pairs, sources, releases; the mark
        assert pipeline.heed(now) == 0
    assert position()[1] == before


def test_an_order_makes_the_price_of_its_pair_and_of_every_cross(now: datetime) -> None:
    house("EUR/USD", "GBP/USD", "EUR/GBP")
    pound = price("GBP/USD")
    order("EUR/USD", "1.3", now, bid=Decimal("1.29"), ask=Decimal("1.31"))
    assert pipeline.heed(now) == 2
    euro = price("EUR/USD")
    assert (euro.bid, euro.mid, euro.ask, euro.method) == (*map(Decimal, ("1.29", "1.3", "1.31")), "manual")
    assert price("USD/EUR").method == "manual"
    cross = price("EUR/GBP")
    assert abs(cross.mid * pound.mid / euro.mid - 1) < Decimal("1E-11")
    assert {i["provider"]: i["reason"] for i in inputs_of(euro, now)} == {
        "staff": None,
        "fixer": "overridden",
        "openexchangerates": "overridden",
    }
    assert all(stored_price(str(each.rate_id)).recomputed for each in (euro, cross, pound))


def test_an_order_is_heeded_after_our_clock_stood_ahead(now: datetime) -> None:
    set_up("EUR/USD")
    provider("freecurrencyapi")
    ahead = now + HOUR
    run([Tick("freecurrencyapi", "EUR", "USD", Decimal("1.25"), ahead, Basis.RECEIVED, ahead)], ahead)
    pipeline.heed(now)
    assert price("EUR/USD").grade(timezone.now()) == "expired"
    order("EUR/USD", "1.3", now)
    assert pipeline.heed(now) == 1
    assert (price("EUR/USD").mid, price("EUR/USD").grade(timezone.now())) == (Decimal("1.3"), "fresh")


def test_an_order_for_a_cross_is_of_that_pair_alone(now: datetime) -> None:
    house("EUR/USD", "GBP/USD", "EUR/GBP")
    euro = price("EUR/USD")
    order("EUR/GBP", "0.97", now)
    assert pipeline.heed(now) == 1
    cross = price("EUR/GBP")
    assert (cross.mid, cross.method, cross.path) == (Decimal("0.97"), "manual", ("EUR", "GBP"))
    assert price("EUR/USD") == euro
    assert stored_price(str(cross.rate_id)).recomputed


def test_an_order_stays_fresh_and_ends_by_itself(now: datetime) -> None:
    house("EUR/USD")
    order("EUR/USD", "1.3", now, expires_at=now + 8 * SECOND)
    pipeline.heed(now)
    first = price("EUR/USD")
    later = timezone.now() + 6 * SECOND
    assert pipeline.heed(later) == 1
    renewed = price("EUR/USD")
    assert renewed.mid == first.mid
    assert renewed.as_of > first.as_of
    after = later + 3 * SECOND
    assert pipeline.heed(after) == 1
    ended = price("EUR/USD")
    assert (ended.mid, ended.method) == (Decimal("1.25"), "median")
    assert ended.as_of == renewed.as_of


def test_after_an_order_a_fixing_of_the_same_day_counts_again(now: datetime) -> None:
    set_up("EUR/USD", "GBP/USD", "EUR/GBP")
    provider("ecb")
    run(fixed(now, at=now, USD="1.25", GBP="0.9"), now)
    kept = order("EUR/USD", "1.3", now)
    pipeline.heed(now)
    assert price("EUR/USD").method == "manual"
    kept.delete()
    assert pipeline.heed(now) == 2
    assert (price("EUR/USD").mid, price("EUR/USD").method) == (Decimal("1.25"), "median")
    assert abs(price("EUR/GBP").mid - Decimal("0.9")) < Decimal("1E-11")
    tomorrow = now + timedelta(days=1)
    run(fixed(tomorrow, at=tomorrow, USD="1.26", GBP="0.91"), tomorrow)
    assert price("EUR/USD").mid == Decimal("1.26")


def test_a_method_that_staff_change_makes_the_price_anew(now: datetime) -> None:
    house("GBP/USD")
    before = price("GBP/USD")
    Pair.objects.update(method="primary")
    assert pipeline.heed(now) == 1
    after = price("GBP/USD")
    assert (before.method, after.method, after.sources) == ("median", "primary", 1)
    assert after.as_of == before.as_of
    assert pipeline.heed(now) == 0


def test_a_source_that_is_switched_off_leaves_the_price(now: datetime) -> None:
    house("GBP/USD")
    Provider.objects.filter(key="openexchangerates").update(enabled=False)
    assert pipeline.heed(now) == 1
    assert price("GBP/USD").sources == 1


def test_a_source_that_is_switched_off_takes_its_word_with_it_though_it_spoke_last(now: datetime) -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    provider("openexchangerates", max_age_seconds=600)
    early, late = now - 60 * SECOND, now - 2 * SECOND
    run(said("openexchangerates", at=early, EUR="0.8", GBP="0.78"), early)
    run(said(at=late, EUR="0.803"), late)
    pipeline.heed(now)
    wrong, pound = price("EUR/USD"), price("GBP/USD")
    assert pipeline.heed(now) == 0
    Provider.objects.filter(key="fixer").update(enabled=False)
    pipeline.heed(now)
    left = price("EUR/USD")
    assert (left.mid, left.sources) == (Decimal("1.25"), 1)
    assert (left.as_of, left.as_of_basis) == (wrong.as_of, Basis.RECEIVED)
    assert (price("GBP/USD").as_of, price("GBP/USD").mid) == (pound.as_of, pound.mid)
    assert stored_price(str(left.rate_id)).recomputed
    assert pipeline.heed(now) == 0


def test_a_pair_that_is_tracked_at_last_is_priced_at_once(now: datetime) -> None:
    house("EUR/USD", "GBP/USD")
    Pair.objects.create(base_id="EUR", quote_id="GBP")
    assert pipeline.heed(now) == 1
    assert price("EUR/GBP").method == "cross"


def test_a_direct_pair_is_decided_from_its_own_ticks_and_says_so(now: datetime) -> None:
    house("EUR/USD", "EUR/GBP")
    Pair.objects.filter(quote="GBP").update(direct=True)
    assert pipeline.heed(now) == 0
    own = Tick("fixer", "GBP", "EUR", Decimal("1.02"), now, Basis.VENDOR, now)
    run([*said("fixer", at=now, EUR="0.8"), own], now)
    direct = price("EUR/GBP")
    assert (direct.path, direct.method) == (("EUR", "GBP"), "median")
    assert abs(direct.mid * Decimal("1.02") - 1) < Decimal("1E-11")
    assert stored_price(str(direct.rate_id)).recomputed
    Pair.objects.update(direct=False)
    later = now + SECOND
    run(said(at=later, EUR="0.8", GBP="0.78"), later)
    assert price("EUR/GBP").path == ("EUR", "USD", "GBP")


def test_a_tick_that_staff_release_counts_again(now: datetime) -> None:
    set_up("EUR/USD")
    provider()
    run(said(at=now - 3 * SECOND, EUR="0.8"), now - 3 * SECOND)
    pipeline.heed(now)
    assert run(said(at=now, EUR="1.25"), now) == []
    held = QuarantinedTick.objects.get()
    assert (held.base, held.quote, held.reason, held.mid) == ("EUR", "USD", "inverted", "0.8")
    QuarantinedTick.objects.update(state="released", reviewed_at=now)
    assert pipeline.heed(now) == 1
    assert (price("EUR/USD").mid, price("EUR/USD").confidence) == (Decimal("0.8"), "low")


def test_a_jump_of_a_source_alone_passes_at_its_third_poll(now: datetime) -> None:
    set_up("EUR/USD")
    provider()
    run(said(at=now - 9 * SECOND, EUR="0.8"), now - 9 * SECOND)
    polls = []
    for poll in range(4):
        at = now + (3 * poll - 6) * SECOND
        polls.append([(p.mid, p.confidence) for p in run(said(at=at, EUR="1"), at)])
        polls[-1] += [(p.mid, p.confidence) for p in run(said(at=at, EUR="1"), at)]
    assert polls == [[], [], [], []]
    for poll in range(4):
        at = now + (3 * poll + 6) * SECOND
        polls.append([(p.mid, p.confidence) for p in run(said(at=at, EUR="1.0638"), at)])
    fallen = Decimal("0.940026320737")
    assert polls[4:] == [[], [], [(fallen, "low")], [(fallen, "high")]]
    assert Rate.objects.count() == 3
