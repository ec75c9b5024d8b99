"""The corpus of bad ticks: each is left out of every price, for the right reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from providers.adapters.base import Basis, Tick
from providers.services import refusal
from rates.case import Last, Pegged, Rules
from rates.deriving import derive
from rates.price import PIVOT, Decision, Sides, Source, orient
from rates.pricing import hear, settled
from rates.rebase import rebase
from rates.tests.builders import NOW, RULES, case, source, tick

GOOD = {"EUR": "1.0844", "JPY": "151.80", "VND": "25400", "NOK": "10.90", "GBP": "1.2710", "KWD": "0.3071",
        "HUF": "362.4", "SAR": "3.75", "XOF": "604.9", "CHF": "0.8811", "IDR": "16250", "OMR": "0.38450",
        "BTC": "1", "BGN": "1.80"}  # fmt: skip
PEGS = {"SAR": "3.75", "OMR": "0.384497", "XOF": "604.9"}
_RULES = RULES | {"bad": Rules(priority=1, max_age=timedelta(seconds=10))}


@dataclass(frozen=True)
class Bad:
    """One bad answer: what it says, and among whom: `many` others, `one` other, or the `last` price alone."""

    reason: str
    symbol: str
    mid: str
    beside: str = "many"
    bid: str | None = None
    ask: str | None = None
    age: float = 1
    basis: Basis = Basis.VENDOR
    further: tuple[tuple[str, str], ...] = ()

    @property
    def ticks(self) -> list[Tick]:
        said = {"bid": self.bid, "ask": self.ask}
        first = tick(self.symbol, self.mid, provider="bad", age=self.age, basis=self.basis, **said)
        return [first, *(tick(s, m, provider="bad", age=self.age) for s, m in self.further)]

    @property
    def currency(self) -> str:
        base, quote = self.symbol.split("/")
        return quote if base in (PIVOT, "EUR") and quote != PIVOT else base


IMPOSSIBLE = [
    Bad("not_positive", "EUR/USD", "0"),
    Bad("not_positive", "EUR/USD", "-1.0844"),
    Bad("not_positive", "EUR/USD", "-0"),
    Bad("not_positive", "EUR/USD", "NaN"),
    Bad("not_positive", "EUR/USD", "sNaN"),
    Bad("not_positive", "EUR/USD", "Infinity"),
    Bad("not_positive", "EUR/USD", "-Infinity"),
    Bad("not_positive", "EUR/USD", "1.0844", bid="0", ask="1.0845"),
    Bad("not_positive", "EUR/USD", "1.0844", bid="1.0843", ask="-1.0845"),
    Bad("not_positive", "EUR/USD", "1.0844", bid="NaN", ask="1.0845"),
    Bad("too_many_digits", "EUR/USD", "1E+400000"),
    Bad("too_many_digits", "EUR/USD", "1E-31"),
    Bad("too_many_digits", "USD/IDR", "1E+20"),
    Bad("too_many_digits", "EUR/USD", "1." + "3" * 40),
    Bad("crossed", "EUR/USD", "1.0844", bid="1.0850", ask="1.0840"),
    Bad("crossed", "USD/JPY", "151.8", bid="151.9", ask="151.7"),
    Bad("crossed", "EUR/USD", "1.0844", bid="1.6000", ask="1.6002"),
    Bad("crossed", "EUR/USD", "1.0844", bid="0.9220", ask="0.9224"),
    Bad("future", "EUR/USD", "1.0844", age=-121.5),
    Bad("future", "EUR/USD", "1.0844", age=-86_400),
    Bad("future", "EUR/USD", "1.0844", age=-2 * 86_400 - 1, basis=Basis.DATE),
    Bad("unknown_currency", "EURO/USD", "1.0844"),
    Bad("unknown_currency", "eur/USD", "1.0844"),
    Bad("unknown_currency", "E\0R/USD", "1.0844"),
    Bad("unknown_currency", "EUR/I44", "105.2"),
    Bad("unknown_currency", "\ud800UR/USD", "1.0844"),
]
STANDING_APART = [
    Bad("out_of_range", "EUR/USD", "1E-10"),
    Bad("out_of_range", "EUR/USD", "2E+9"),
    Bad("out_of_range", "USD/IDR", "1E+15"),
    Bad("stale", "EUR/USD", "1.0844", age=11),
    Bad("stale", "EUR/USD", "1.0844", age=86_400, basis=Basis.DATE),
    Bad("stale", "USD/JPY", "151.8", age=10_000_000),
    # Inverted: the vendor's other direction, or its table read the wrong way round.
    Bad("inverted", "EUR/USD", "0.9222"),
    Bad("inverted", "EUR/USD", "0.9222", "one"),
    Bad("inverted", "EUR/USD", "0.9222", "last"),
    Bad("inverted", "USD/EUR", "1.0844"),
    Bad("inverted", "GBP/USD", "0.7868"),
    Bad("inverted", "GBP/USD", "0.7868", "one"),
    Bad("inverted", "GBP/USD", "0.7868", "last"),
    Bad("inverted", "USD/JPY", "0.006588"),
    Bad("inverted", "USD/JPY", "0.006588", "last"),
    Bad("inverted", "USD/VND", "0.00003937", "one"),
    Bad("inverted", "USD/KWD", "3.2563"),
    Bad("inverted", "USD/CHF", "1.1349", "last"),
    # Per 100 yen, and read the wrong way round.
    Bad("inverted", "USD/JPY", "0.6588"),
    # Per 100, 1,000 or 10,000 units, or a shifted point.
    Bad("scaled", "USD/JPY", "1.5180"),
    Bad("scaled", "USD/JPY", "1.5180", "one"),
    Bad("scaled", "USD/JPY", "1.5180", "last"),
    Bad("scaled", "USD/JPY", "15180"),
    Bad("scaled", "JPY/USD", "0.6588"),
    Bad("scaled", "USD/HUF", "3.624"),
    Bad("scaled", "USD/HUF", "36240", "last"),
    Bad("scaled", "USD/NOK", "109.0"),
    Bad("scaled", "USD/NOK", "1090", "one"),
    Bad("scaled", "USD/VND", "25.4"),
    Bad("scaled", "USD/IDR", "1.6250", "last"),
    Bad("scaled", "EUR/USD", "10844"),
    Bad("scaled", "EUR/USD", "10.844", "last"),
    Bad("scaled", "EUR/USD", "0.10844", "one"),
    Bad("scaled", "USD/OMR", "3.845"),
    # One for one between two currencies.
    Bad("identity", "USD/JPY", "1"),
    Bad("identity", "EUR/USD", "1.0"),
    Bad("identity", "EUR/USD", "1.0", "one"),
    Bad("identity", "USD/VND", "1.000", "last"),
    Bad("identity", "GBP/USD", "1", "last"),
    Bad("identity", "EUR/JPY", "1", "last", further=(("EUR/USD", "1.0844"),)),
    Bad("identity", "EUR/JPY", "164.6", "last", further=(("EUR/USD", "1"),)),
    # A peg contradicted; what it is the inverse or a power of ten of has its own name.
    Bad("peg", "USD/SAR", "3.95"),
    Bad("peg", "USD/SAR", "3.70", "one"),
    Bad("peg", "USD/SAR", "3.80", "last"),
    Bad("peg", "USD/SAR", "3.76", "last"),
    Bad("peg", "USD/OMR", "0.41"),
    Bad("peg", "USD/XOF", "640"),
    Bad("inverted", "USD/SAR", "0.2667", "last"),
    Bad("scaled", "USD/SAR", "375"),
    Bad("identity", "USD/SAR", "1", "last"),
    # A jump that nobody confirms.
    Bad("jump", "EUR/USD", "0.8133"),
    Bad("jump", "EUR/USD", "1.60", "one"),
    Bad("jump", "EUR/USD", "0.8133", "last"),
    Bad("jump", "USD/JPY", "190", "last"),
    Bad("jump", "USD/NOK", "13.1", "one"),
    Bad("jump", "USD/HUF", "250", "last"),
    # Too far from the others to be one of them, and yet no jump.
    Bad("outlier", "EUR/USD", "1.0920"),
    Bad("outlier", "EUR/USD", "1.0200"),
    Bad("outlier", "USD/JPY", "153.1"),
    Bad("outlier", "USD/CHF", "0.9600"),
    Bad("outlier", "USD/VND", "26500", bid="26400", ask="26600"),
    Bad("retired", "USD/BGN", "1.80"),
]  # fmt: skip


def others(bad: Bad) -> list[Source]:
    base, quote = orient(bad.currency, PIVOT)
    keys = {"many": ("fixer", "oxr", "free"), "one": ("fixer",), "last": ()}[bad.beside]
    return [
        source(tick(f"{base}/{quote}", GOOD[bad.currency], provider=key), currency=bad.currency)
        for key in keys
    ]


def verdict(bad: Bad) -> tuple[list[Source], Decision | None]:
    last = Last(Decimal(GOOD[bad.currency]), NOW - timedelta(seconds=5))
    peg = PEGS.get(bad.currency)
    pegged = Pegged(Sides(Decimal(peg)), Decimal(peg)) if peg else None
    said = [*others(bad), rebase(bad.ticks)[bad.currency]]
    asked = case(*said, currency=bad.currency, rules=_RULES, last=last, peg=pegged)
    heard = hear(asked)
    return heard, settled(asked, heard)


def test_the_corpus_has_sixty_cases_and_more() -> None:
    assert len(IMPOSSIBLE) + len(STANDING_APART) >= 60
    assert len({(bad.symbol, bad.mid, bad.beside, bad.bid, bad.age) for bad in STANDING_APART}) == len(
        STANDING_APART
    )


@pytest.mark.parametrize("bad", IMPOSSIBLE, ids=lambda bad: f"{bad.reason} {bad.symbol!a} {bad.mid[:12]}")
def test_what_is_impossible_is_not_even_kept(bad: Bad) -> None:
    assert refusal(bad.ticks[0]) == bad.reason


@pytest.mark.parametrize(
    "bad", STANDING_APART, ids=lambda bad: f"{bad.reason} {bad.symbol} {bad.mid} {bad.beside}"
)
def test_what_is_wrong_makes_no_part_of_a_price_and_says_why(bad: Bad) -> None:
    assert [refusal(said) for said in bad.ticks] == [None] * len(bad.ticks)
    heard, decision = verdict(bad)
    assert {s.provider: (s.used, s.reason) for s in heard}["bad"] == (False, bad.reason)
    assert all(s.reason is None for s in heard if s.provider != "bad") or bad.reason == "retired"
    good = Decimal(PEGS.get(bad.currency, GOOD[bad.currency]))
    if bad.reason == "retired" or (bad.beside == "last" and bad.currency not in PEGS):
        assert decision is None
    else:
        assert decision is not None
        assert abs(decision.mid / good - 1) < Decimal("0.0001")
        price = derive(
            *orient(bad.currency, PIVOT), {decision.currency: decision}, max_age=timedelta(10), now=NOW
        )
        assert price is not None
        assert price.mid == decision.mid
