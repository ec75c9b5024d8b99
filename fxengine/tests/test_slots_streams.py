"""A source that streams is polled for what its stream leaves quiet, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import timezone

from fxengine import pulse, slots
from providers.models import Provider
from providers.services import keep
from rates.tests.scene import provider, said, set_up

pytestmark = pytest.mark.django_db


def taken() -> bool:
    with slots.claim("kraken") as turn:
        return turn.ours


@pytest.fixture
def streaming() -> Iterator[Provider]:
    """Have Kraken's stream speak, of a house that tracks EUR/USD and USD/JPY; its ticks count for 180 s."""
    set_up("EUR/USD", "USD/JPY")
    pulse.speak("kraken", 60)
    yield provider("kraken", interval=60, base_url="http://127.0.0.1:9/")
    cache.delete("pulse:stream:kraken")


def hear(age_s: float, **per_dollar: str) -> None:
    keep(said("kraken", at=timezone.now(), behind=age_s, **per_dollar))


def test_a_source_is_not_polled_while_its_stream_tells_of_every_currency(streaming: Provider) -> None:
    hear(80, EUR="0.92")
    hear(0, JPY="151.8")
    assert not taken()
    cache.delete("pulse:stream:kraken")
    assert taken()


def test_a_currency_that_its_stream_leaves_quiet_has_the_source_polled(streaming: Provider) -> None:
    hear(100, EUR="0.92")
    hear(0, JPY="151.8")
    assert taken()
    assert not taken()
    hear(0, EUR="0.92")
    assert slots.streams_all(streaming, timezone.now())


def test_a_quiet_currency_that_nobody_wants_is_left_quiet(streaming: Provider) -> None:
    hear(100, NOK="10.9")
    hear(0, EUR="0.92", JPY="151.8")
    assert not taken()
