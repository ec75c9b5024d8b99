"""What is published when a source, or our own clock, goes back on what it said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from rates.tests.builders import NOW
from rates.tests.scene import fixed, provider, run, said, set_up

pytestmark = pytest.mark.django_db


def test_a_correction_under_the_same_date_is_published() -> None:
    set_up("EUR/USD", "EUR/GBP")
    provider("ecb")
    run(fixed(NOW, at=NOW, USD="1.0943", GBP="0.83"))
    later = NOW + timedelta(minutes=5)
    found = run(fixed(NOW, at=later, USD="1.0843", GBP="0.83"), later)
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert {price.symbol: (price.mid, price.as_of) for price in found}["EUR/USD"] == (
        Decimal("1.0843"),
        midnight,
    )


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(minutes=3)])
def test_a_price_from_before_our_clock_was_set_back_holds_nothing_back(ahead: timedelta) -> None:
    set_up("EUR/USD")
    provider(interval=3600)
    run(said(at=NOW + ahead, EUR="0.8"), NOW + ahead)
    assert [(price.mid, price.as_of) for price in run(said(at=NOW, EUR="0.78125"))] == [
        (Decimal("1.28"), NOW)
    ]
    assert run(said(at=NOW, EUR="0.78125")) == []
