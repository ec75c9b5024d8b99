"""One run of the route against the demo market: poll, ticks, prices, message; and nothing by halves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
import redis
from channels_redis.serializers import registry
from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from fxengine import pipeline
from fxengine.seeds import seed
from providers.models import NewestTick, Poll, Provider, TickLog
from rates.current import position, tracked_price
from rates.models import Pair, Rate, RateDecision, ReferenceRate
from rates.price import EXACT, publish
from rates.serializers import from_wire
from rates.tests.scene import Market

COMMITTING = pytest.mark.django_db(transaction=True)
VENDORS = ("openexchangerates", "fixer", "freecurrencyapi")


class Listener:
    """Hear what is published on the channel layer's Redis."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(settings.REDIS_URL)
        self._channel = self._client.pubsub()
        self._channel.psubscribe(f"{settings.FX_KEY_PREFIX}:layer*")
        assert self._next(5)

    def _next(self, patience: float) -> Any:
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            if found := self._channel.get_message(timeout=left):
                return found
        return None

    def message(self) -> Any:
        """Wait for a message. Fails after five seconds."""
        found = self._next(5)
        assert found, "nothing was published"
        return registry.get_serializer("msgpack").deserialize(found["data"])

    def is_silent(self) -> bool:
        """Say whether nothing was published before a mark of our own."""
        self._client.publish(f"{settings.FX_KEY_PREFIX}:layer-mark", b"mark")
        return bool(self._next(5)["data"] == b"mark")

    def close(self) -> None:
        """Stop listening."""
        self._channel.close()
        self._client.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.close()


def polled(key: str = "openexchangerates") -> int:
    return pipeline.run(key, timezone.now())


@COMMITTING
def test_a_run_leads_from_the_vendor_to_everybody_who_listens(vendors: Market, listener: Listener) -> None:
    seed()
    began = timezone.now()
    assert polled() == 36
    poll = Poll.objects.get()
    assert (poll.provider.key, poll.outcome, poll.ticks) == (
        "openexchangerates",
        "ok",
        NewestTick.objects.count(),
    )
    assert TickLog.objects.count() == NewestTick.objects.count() >= 8
    assert set(Rate.objects.values_list("seq", flat=True)) == {1}
    assert RateDecision.objects.count() == 8
    message = listener.message()
    stream, seq = position()
    assert (message["type"], message["stream"], message["seq"]) == ("prices", stream, seq)
    heard = [from_wire(wire) for wire in message["prices"]]
    assert len(heard) == 36
    assert {price.seq for price in heard} == {1}
    assert all(price == tracked_price(price.base, price.quote) for price in heard)
    assert began - timedelta(seconds=2) < heard[0].as_of <= heard[0].received_at <= timezone.now()


@COMMITTING
def test_the_price_is_the_median_of_what_the_vendors_said_to_the_last_digit(vendors: Market) -> None:
    seed()
    vendors.turn(frozen=True)
    for key in VENDORS:
        polled(key)
    price = tracked_price("GBP", "USD")
    assert price is not None
    assert price.sources == 3
    said = {
        (tick.provider.key, tick.base, tick.quote): tick.mid
        for tick in NewestTick.objects.select_related("provider")
    }
    fixer = EXACT.divide(said["fixer", "EUR", "USD"], said["fixer", "EUR", "GBP"])
    others = [EXACT.divide(Decimal(1), said[key, "USD", "GBP"]) for key in VENDORS if key != "fixer"]
    assert price.mid == publish(median([fixer, *others]))


@COMMITTING
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("500", "unavailable"), ("429", "quota"), ("garbage", "bad_body"), ("quota", "quota"), ("auth", "auth")],
)
def test_a_vendor_that_fails_leaves_its_outcome_and_no_price(
    vendors: Market, listener: Listener, fault: str, outcome: str
) -> None:
    seed()
    vendors.fault("openexchangerates", fault)
    assert polled() == 0
    assert Poll.objects.get().outcome == outcome
    assert not TickLog.objects.exists()
    assert not Rate.objects.exists()
    assert position()[1] == 0
    assert listener.is_silent()


@COMMITTING
def test_a_database_that_refuses_in_the_middle_leaves_nothing_of_the_run(
    vendors: Market, listener: Listener
) -> None:
    seed()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rates_rate ADD CONSTRAINT refuse CHECK (sources > 9)")
    try:
        with pytest.raises(IntegrityError, match="refuse"):
            polled()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE rates_rate DROP CONSTRAINT refuse")
    assert [table.objects.count() for table in (TickLog, NewestTick, Rate, RateDecision)] == [0, 0, 0, 0]
    assert position()[1] == 0
    assert Poll.objects.get().outcome == "ok"
    assert listener.is_silent()
    assert polled() == 36
    assert listener.message()["seq"] == 1


@COMMITTING
def test_an_answer_that_says_nothing_new_publishes_nothing(vendors: Market, listener: Listener) -> None:
    seed()
    assert polled("ecb") == 36
    assert listener.message()["seq"] == 1
    assert polled("ecb") == 0
    assert position()[1] == 1
    assert Poll.objects.count() == 2
    assert listener.is_silent()


@COMMITTING
def test_the_fixing_does_not_take_the_place_of_an_intraday_price(vendors: Market, listener: Listener) -> None:
    seed()
    assert polled() == 36
    Provider.objects.exclude(key="ecb").update(enabled=False)
    assert polled("ecb") == 0
    assert position()[1] == 1


@pytest.mark.django_db
def test_a_source_is_asked_for_tracked_currencies_alone(vendors: Market) -> None:
    seed()
    Pair.objects.exclude(base="EUR", quote="USD").update(tracked=False)
    assert polled("openexchangerates") == 1
    assert set(NewestTick.objects.values_list("base", "quote")) == {("USD", "EUR")}


@pytest.mark.django_db
def test_what_is_off_or_waits_for_its_key_is_not_polled(seeded: None) -> None:
    Provider.objects.filter(key="fixer").update(enabled=False)
    Provider.objects.filter(key="freecurrencyapi").update(sealed_key="")
    assert pipeline.pollable() == ["openexchangerates", "ecb"]


@COMMITTING
def test_the_fixings_of_a_daily_source_are_kept_as_reference_rates_of_all_its_currencies(
    vendors: Market,
) -> None:
    seed()
    polled("ecb")
    polled("ecb")
    fixed = ReferenceRate.objects.filter(source="ecb", base="EUR")
    assert {"USD", "ISK", "THB"} <= set(fixed.values_list("quote", flat=True))
    assert fixed.count() == NewestTick.objects.filter(provider__key="ecb").count()
    tick = NewestTick.objects.get(provider__key="ecb", quote="ISK")
    assert fixed.get(quote="ISK").rate == tick.mid
    assert fixed.get(quote="ISK").date == tick.as_of.date()
