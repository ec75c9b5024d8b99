"""From the inputs that were stored with a price the same price is made again."""

from __future__ import annotations

import pytest

from rates.current import inputs_of, tracked_price
from rates.price import Price
from rates.rebase import rebase
from rates.serializers import inputs_object
from rates.stored import stored_price
from rates.tests.builders import NOW
from rates.tests.scene import fixed, provider, run, said, set_up

pytestmark = pytest.mark.django_db
THREE = (
    {"AUD": "1.523127", "CAD": "1.369511", "EUR": "0.922203"},
    {"AUD": "1.523301", "CAD": "1.369498", "EUR": "0.922198"},
    {"AUD": "1.522998", "CAD": "1.369602", "EUR": "0.922251"},
)
KEYS = ("fixer", "freecurrencyapi", "openexchangerates")


def published(*symbols: str) -> dict[str, Price]:
    """Publish pairs from three sources that disagree a little, beside the ECB's fixing."""
    set_up(*symbols)
    ticks = fixed(NOW, at=NOW, USD="1.1", AUD="1.65", CAD="1.5")
    provider("ecb")
    for key, per_dollar in zip(KEYS, THREE, strict=True):
        provider(key)
        ticks += said(key, behind=1, **per_dollar)
    return {price.symbol: price for price in run(ticks)}


@pytest.mark.parametrize("symbol", ["EUR/USD", "USD/CAD", "AUD/CAD", "EUR/AUD"])
def test_the_stored_inputs_make_the_same_digits_again(symbol: str) -> None:
    price = published("EUR/USD", "USD/CAD", "AUD/CAD", "EUR/AUD")[symbol]
    found = stored_price(str(price.rate_id))
    assert found.recomputed
    assert found.price == price
    assert found.inputs == inputs_of(price, NOW)


def test_a_published_cross_gives_the_sources_of_both_its_legs() -> None:
    price = published("AUD/CAD")["AUD/CAD"]
    inputs = inputs_of(price, NOW)
    assert [(each["symbol"], each["provider"], each["used"], each["reason"]) for each in inputs] == [
        (symbol, key, key != "ecb", "reference" if key == "ecb" else None)
        for symbol in ("AUD/USD", "USD/CAD")
        for key in ("ecb", *KEYS)
    ]
    assert {each["age_ms"] for each in inputs if each["used"]} == {1000}


def test_what_was_stored_is_what_was_decided() -> None:
    price = published("AUD/CAD")["AUD/CAD"]
    from_legs = inputs_object(price.legs, NOW)
    stored = tracked_price("AUD", "CAD")
    assert stored is not None
    assert stored.legs == ()
    assert inputs_of(stored, NOW) == from_legs


def test_the_other_direction_has_the_same_inputs() -> None:
    published("AUD/CAD")
    turned = tracked_price("CAD", "AUD")
    assert turned is not None
    symbols = [each["symbol"] for each in inputs_of(turned, NOW)]
    assert symbols == ["USD/CAD"] * 4 + ["AUD/USD"] * 4


def test_a_vendors_rate_is_stored_rebased_to_fifty_digits() -> None:
    price = published("EUR/USD")["EUR/USD"]
    (stored,) = [each for each in inputs_of(price, NOW) if each["provider"] == "fixer"]
    exact = rebase(said("fixer", EUR="0.922203"))["EUR"].sides.mid
    assert (stored["mid"], len(exact.as_tuple().digits)) == (str(exact), 50)
