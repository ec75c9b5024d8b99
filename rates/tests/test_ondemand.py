"""Pairs that nobody tracks: one fetch for all who wait, against the demo market's real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from devstack.engines import Valkey
from providers import pace
from providers.adapters.base import Basis, Tick
from providers.models import NewestTick, Poll, Provider
from providers.services import keep
from rates.deciding import decide_all
from rates.errors import NoRate
from rates.ondemand import Current, _name, current_price
from rates.tests.scene import Market, fixed, provider, run, said, set_up

Found = TypeVar("Found")
CALLERS = 20
VENDORS = ("openexchangerates", "fixer", "freecurrencyapi")


@pytest.fixture
def house(vendors: Market, empty_cache: None) -> Market:
    """Set up two tracked pairs and all sources of the demo, none of which has spoken yet."""
    set_up("EUR/USD", "USD/CAD")
    for priority, key in enumerate(VENDORS):
        provider(key, priority=priority)
    provider("ecb", priority=90)
    return vendors


@pytest.fixture
def long_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember for a minute, not five seconds, that nobody can price a pair: a test may be slow."""
    assert NoRate.RETRY_SECONDS == 5
    monkeypatch.setattr(NoRate, "RETRY_SECONDS", 60)


def asked(market: Market) -> dict[str, int]:
    vendors = market.status()["vendors"]
    return {key: vendor["requests"] for key, vendor in vendors.items()}


def price(base: str = "NOK", quote: str = "SEK") -> Current:
    return current_price(base, quote, timezone.now())


def at_once(job: Callable[[], Found], callers: int = CALLERS) -> list[Found]:
    """Run a job in many threads at the same moment, each with a connection of its own."""
    start = Barrier(callers)

    def alone(_: int) -> Found:
        try:
            start.wait(10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(alone, range(callers)))


@pytest.mark.django_db(transaction=True)
def test_twenty_callers_at_once_cost_one_request_of_one_vendor(house: Market) -> None:
    before = asked(house)
    found = at_once(price)
    after = asked(house)
    assert {key: after[key] - before[key] for key in after} == {
        "openexchangerates": 1,
        "fixer": 0,
        "freecurrencyapi": 0,
        "ecb": 0,
    }
    assert [current.known for current in found].count(False) == 1
    assert len({(current.price.mid, current.price.as_of) for current in found}) == 1
    assert {current.price.path for current in found} == {("NOK", "USD", "SEK")}


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_the_callers_of_a_process_still_share_one_request(
    house: Market, own_valkey: Valkey, settings: Settings
) -> None:
    settings.REDIS_URL = own_valkey.url
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": own_valkey.url}}
    own_valkey.stop()
    before = sum(asked(house).values())
    found = at_once(price)
    assert sum(asked(house).values()) - before == 1
    assert len({current.price.mid for current in found}) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_callers_at_once_of_what_nobody_can_price_cost_one_request_of_each_vendor(
    house: Market, long_memory: None
) -> None:
    # A server in trouble would be asked once more.
    house.fault("*", "garbage")
    before = asked(house)

    def refused() -> str:
        with pytest.raises(NoRate) as error:
            price()
        return error.value.headers["Retry-After"]

    assert set(at_once(refused)) == {"60"}
    after = asked(house)
    assert {key: after[key] - before[key] for key in VENDORS} == dict.fromkeys(VENDORS, 1)


@pytest.mark.django_db
def test_a_price_is_remembered_for_the_time_that_is_set(house: Market, settings: Settings) -> None:
    settings.ON_DEMAND_TTL_SECONDS = 17
    first = price()
    house.fault("*", "500")
    NewestTick.objects.all().delete()
    again = price()
    assert (first.known, again.known) == (False, True)
    assert (again.price, again.inputs) == (first.price, first.inputs)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        assert 5_000 < client.pttl(cache.make_key(_name("NOK", "SEK"))) <= 17_000


@pytest.mark.django_db
def test_what_could_not_be_priced_is_asked_again_as_soon_as_the_moment_has_passed(
    house: Market, long_memory: None
) -> None:
    house.fault("*", "500")
    with pytest.raises(NoRate, match="NOK/SEK"):
        price()
    house.fault("*", "none")
    before = sum(asked(house).values())
    with pytest.raises(NoRate):
        price()
    assert sum(asked(house).values()) == before
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        name = cache.make_key(_name("NOK", "SEK"))
        assert 5_000 < client.pttl(name) <= 60_000
        client.delete(name, *(pace._name("between", key) for key in VENDORS))
    assert price().price.symbol == "NOK/SEK"


@pytest.mark.django_db
def test_ticks_that_come_in_between_make_the_price_at_once(house: Market) -> None:
    house.fault("*", "500")
    with pytest.raises(NoRate):
        price()
    keep(said("fixer", at=timezone.now(), NOK="10", SEK="5"))
    found = price()
    assert (found.known, str(found.price.mid)) == (True, "0.5")


@pytest.mark.django_db
def test_the_next_vendor_is_asked_where_the_first_fails(house: Market) -> None:
    house.fault("openexchangerates", "garbage")
    assert price().price.sources == 1
    outcomes = dict(Poll.objects.values_list("provider__key", "outcome"))
    assert outcomes == {"openexchangerates": "bad_body", "fixer": "ok"}


@pytest.mark.django_db
def test_no_vendor_is_asked_for_what_known_ticks_can_price(house: Market) -> None:
    keep(said("fixer", at=timezone.now(), NOK="10", SEK="5"))
    before = sum(asked(house).values())
    found = price()
    assert (found.known, str(found.price.mid), found.price.seq) == (True, "0.5", None)
    assert [each["provider"] for each in found.inputs] == ["fixer", "fixer"]
    assert sum(asked(house).values()) == before


@pytest.mark.django_db
def test_a_tracked_pair_is_served_in_either_direction_and_never_fetched(house: Market) -> None:
    now = timezone.now()
    (published, _) = run(said("fixer", at=now, EUR="0.5", CAD="1.4"), now)
    NewestTick.objects.all().delete()
    before = sum(asked(house).values())
    assert price("EUR", "USD") == Current(published, known=True, inputs=[])
    assert price("USD", "EUR").price == published.inverse()
    with_inputs = current_price("EUR", "USD", now, inputs=True)
    assert [each["provider"] for each in with_inputs.inputs] == ["fixer"]
    assert sum(asked(house).values()) == before


@pytest.mark.django_db
def test_one_of_a_currency_is_one_of_itself(house: Market) -> None:
    found = price("SEK", "SEK")
    assert (found.known, found.price.mid, found.price.method) == (True, 1, "identity")
    assert Poll.objects.count() == 0


@pytest.mark.django_db
def test_with_all_vendors_down_the_daily_fixing_answers_and_says_so(house: Market) -> None:
    house.fault("*", "500")
    now = timezone.now()
    keep(fixed(now, at=now, USD="1.1", NOK="11", SEK="5.5"))
    found = price()
    assert (found.known, str(found.price.mid), found.price.as_of_basis) == (False, "0.5", Basis.DATE)
    assert {each["provider"] for each in found.inputs} == {"ecb"}


@pytest.mark.django_db
def test_with_the_daily_source_alone_its_fixing_is_known_without_a_request(house: Market) -> None:
    Provider.objects.exclude(key="ecb").update(enabled=False)
    now = timezone.now()
    keep(fixed(now, at=now, USD="1.1", NOK="11", SEK="5.5"))
    assert price().known
    assert Poll.objects.count() == 0


@pytest.mark.django_db
def test_a_source_without_its_key_is_not_asked(house: Market) -> None:
    Provider.objects.filter(key="openexchangerates").update(sealed_key="")
    price()
    assert list(Poll.objects.values_list("provider__key", flat=True)) == ["fixer"]


@pytest.mark.django_db
def test_a_fetch_on_demand_does_not_take_a_source_away_from_tracked_currencies(house: Market) -> None:
    Provider.objects.exclude(key="fixer").update(enabled=False)
    earlier = timezone.now() - timedelta(seconds=2)
    keep(Tick("fixer", "EUR", code, Decimal(2), earlier, Basis.VENDOR, earlier) for code in ("CAD", "USD"))
    price("NOK", "SEK")
    decided = decide_all({"CAD"}, list(Provider.objects.enabled()), timezone.now())
    assert decided["CAD"].mid != 1


@pytest.mark.django_db
def test_no_vendor_is_asked_for_money_of_the_past(house: Market) -> None:
    with pytest.raises(NoRate, match="DEM/USD"):
        price("DEM", "USD")
    assert Poll.objects.count() == 0


@pytest.mark.django_db
def test_a_rate_that_a_vendor_still_prints_for_money_of_the_past_makes_no_price(house: Market) -> None:
    keep(said("freecurrencyapi", at=timezone.now(), HRK="6.9"))
    with pytest.raises(NoRate):
        price("USD", "HRK")


@pytest.mark.django_db
def test_both_directions_come_from_one_decision_while_it_is_remembered(house: Market) -> None:
    there = price()
    Provider.objects.update(enabled=False)
    back = price("SEK", "NOK")
    assert (back.known, back.price.as_of) == (True, there.price.as_of)
    assert (back.price.bid, back.price.ask) == (there.price.inverse().bid, there.price.inverse().ask)
    assert abs(there.price.mid * back.price.mid - 1) < Decimal("1E-11")
    assert back.price.convert(there.price.mid, "mid") == 1
