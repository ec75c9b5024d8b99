"""Pegs: what they are, how they judge, and what they price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from providers.adapters.base import Basis, Tick
from providers.models import QuarantinedTick
from rates.currencies import CURRENCIES
from rates.models import Pair
from rates.pegs import PEGS, fixed_between, peg_of
from rates.price import Price, publish
from rates.stored import stored_price
from rates.tests.builders import NOW
from rates.tests.scene import provider, run, said, set_up

SECOND = timedelta(seconds=1)


def by_symbol(prices: list[Price]) -> dict[str, Price]:
    return {price.symbol: price for price in prices}


def test_every_peg_joins_two_currencies_and_names_its_authority() -> None:
    for code, peg in PEGS.items():
        assert {code, peg.anchor} <= CURRENCIES.keys()
        assert peg.per_anchor > 0
        assert peg.authority
        assert peg.source.startswith("https://")
        assert peg.since < peg.until
        assert peg.anchor not in PEGS


@pytest.mark.parametrize(
    ("code", "anchor", "rate"),
    [
        ("AED", "USD", Fraction("3.6725")),
        ("SAR", "USD", Fraction("3.75")),
        ("QAR", "USD", Fraction("3.64")),
        ("BHD", "USD", Fraction("0.376")),
        ("OMR", "USD", 1 / Fraction("2.6008")),
        ("JOD", "USD", Fraction("0.709")),
        ("XOF", "EUR", Fraction("655.957")),
        ("XAF", "EUR", Fraction("655.957")),
        ("BAM", "EUR", Fraction("1.95583")),
    ],
)
def test_the_well_known_pegs_are_there(code: str, anchor: str, rate: Fraction) -> None:
    peg = peg_of(code, NOW.date())
    assert peg is not None
    assert (peg.anchor, peg.per_anchor) == (anchor, rate)


def test_bands_are_no_pegs_and_a_peg_ends_with_its_currency() -> None:
    assert peg_of("HKD", NOW.date()) is None
    assert peg_of("DKK", NOW.date()) is None
    assert peg_of("BGN", date(2025, 12, 31)) is not None
    assert peg_of("BGN", date(2026, 1, 1)) is None


@pytest.mark.django_db
def test_a_pegged_currency_without_a_source_is_priced_by_its_peg() -> None:
    set_up("EUR/USD", "USD/SAR", "EUR/SAR")
    provider()
    prices = by_symbol(run(said(EUR="0.8")))
    euro = prices["EUR/SAR"]
    assert (euro.mid, euro.path, euro.method) == (Decimal("4.6875"), ("EUR", "USD", "SAR"), "cross")
    assert stored_price(str(euro.rate_id)).recomputed


@pytest.mark.django_db
def test_a_peg_to_the_euro_goes_through_the_euro_and_is_exact_against_it() -> None:
    set_up("EUR/USD", "EUR/XOF", "USD/XOF", "GBP/XOF", "BAM/XOF")
    provider()
    prices = by_symbol(run(said(EUR="0.922203", GBP="0.78")))
    assert prices["EUR/XOF"].mid == Decimal("655.957")
    assert (prices["EUR/XOF"].path, prices["EUR/XOF"].method) == (("EUR", "XOF"), "peg")
    assert (prices["USD/XOF"].path, prices["USD/XOF"].method) == (("USD", "EUR", "XOF"), "peg")
    assert prices["GBP/XOF"].path == ("GBP", "USD", "EUR", "XOF")
    assert prices["BAM/XOF"].path == ("BAM", "EUR", "XOF")
    assert prices["BAM/XOF"].mid == publish(Decimal("655.957") / Decimal("1.95583"))
    assert prices["EUR/XOF"].inverse().method == "peg"
    for price in prices.values():
        found = stored_price(str(price.rate_id))
        assert found.recomputed, price.symbol
        assert [each["provider"] for each in found.inputs][:1] == ["fixer"]


@pytest.mark.django_db
def test_a_source_that_contradicts_a_peg_is_refused_and_leaves_a_doubt() -> None:
    set_up("USD/SAR", "EUR/SAR")
    provider()
    prices = by_symbol(run(said(EUR="0.8", SAR="3.95")))
    assert (prices["USD/SAR"].mid, prices["USD/SAR"].method) == (Decimal("3.75"), "peg")
    assert (prices["USD/SAR"].confidence, prices["USD/SAR"].sources) == ("low", 0)
    row = QuarantinedTick.objects.get()
    assert (row.base, row.quote, row.reason, row.mid) == ("USD", "SAR", "peg", "3.95")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("symbol", "wrong", "right"), [("EUR/XOF", "700", "655.957"), ("BAM/XOF", "340", "335.385488513828")]
)
def test_a_pair_that_is_decided_by_itself_keeps_its_peg(symbol: str, wrong: str, right: str) -> None:
    set_up("EUR/USD", symbol)
    provider()
    base, quote = symbol.split("/")
    Pair.objects.filter(base=base, quote=quote).update(direct=True)
    own = Tick("fixer", base, quote, Decimal(wrong), NOW, Basis.VENDOR, NOW)
    price = by_symbol(run([*said(EUR="0.8"), own]))[symbol]
    assert (price.mid, price.method, price.confidence) == (publish(Decimal(right)), "peg", "low")
    assert stored_price(str(price.rate_id)).recomputed
    assert QuarantinedTick.objects.get(base=base, quote=quote).reason == "peg"


def test_pegs_join_what_hangs_on_the_same_anchor() -> None:
    assert fixed_between("AED", "SAR", NOW.date()) == Fraction("3.75") / Fraction("3.6725")
    assert fixed_between("USD", "SAR", NOW.date()) == Fraction("3.75")
    assert fixed_between("SAR", "XOF", NOW.date()) is None
    assert fixed_between("EUR", "GBP", NOW.date()) is None


@pytest.mark.django_db
def test_a_source_that_keeps_to_the_peg_makes_the_price() -> None:
    set_up("USD/SAR")
    provider()
    (price,) = run(said(SAR="3.7512"))
    assert (price.mid, price.method, price.sources) == (Decimal("3.7512"), "median", 1)
