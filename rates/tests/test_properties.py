"""What holds of every price, whatever is said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rates.case import Case, Last, Rules
from rates.deriving import derive
from rates.price import Price, Source
from rates.pricing import SUSPECT, decide, hear
from rates.tests.builders import INTRADAY, NOW, case, decided, source, tick

METHODS = ("median", "weighted", "primary", "best")
FAULTS = ("inverted", "scaled", "identity")
KEYS = ("a", "b", "c", "d", "e")
SOME = settings(max_examples=60, deadline=None)
MAX_AGE = timedelta(seconds=10)
EIGHT = ("EUR", "GBP", "AUD", "CAD", "CHF", "JPY", "INR", "USD")
LEVELS = {"EUR": "1.084361", "GBP": "1.271045", "AUD": "0.657312", "CAD": "1.369511", "CHF": "0.881077",
          "JPY": "151.8473", "INR": "84.50117"}  # fmt: skip
LAST_DIGIT = Fraction(3, 10**11)

mids = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(30000), places=8)
factors = st.decimals(min_value=Decimal("0.5"), max_value=Decimal("2"), places=6)
near = st.integers(min_value=-9, max_value=9).map(lambda bps: Decimal("1.37") + Decimal(bps) / 10_000)
methods = st.sampled_from(METHODS)
priorities = st.lists(st.integers(1, 99), min_size=5, max_size=5)


def asked(stated: list[Decimal], method: str = "median", ranks: Sequence[int] = (50,) * 5) -> Case:
    """Ask about the euro, of which each source states a mid, and every second one its sides too."""
    heard = []
    for number, (key, mid) in enumerate(zip(KEYS, stated, strict=False)):
        edge = mid / 10_000
        sides = {"bid": str(mid - edge), "ask": str(mid + edge)} if number % 2 else {}
        heard.append(source(tick(mid=str(mid), provider=key, age=1 + number, **sides)))
    rules = {key: replace(INTRADAY, priority=rank) for key, rank in zip(KEYS, ranks, strict=True)}
    return case(*heard, rules=rules, method=method)


@SOME
@given(st.lists(factors, min_size=1, max_size=4), methods, priorities)
def test_the_order_of_arrival_does_not_matter(stated: list[Decimal], method: str, ranks: list[int]) -> None:
    question = asked(stated, method, ranks)
    decisions = {decide(replace(question, heard=order)) for order in permutations(question.heard)}
    assert len(decisions) == 1


@SOME
@given(st.lists(factors, min_size=1, max_size=5), methods, priorities)
def test_every_input_is_accounted_for(stated: list[Decimal], method: str, ranks: list[int]) -> None:
    question = asked(stated, method, ranks)
    heard = hear(question)
    assert {(s.provider, s.sides) for s in heard} == {(s.provider, s.sides) for s in question.heard}
    assert all(s.used is (s.reason is None) for s in heard)
    assert all(s.weight > 0 for s in heard)
    decision = decide(question)
    assert decision is None or (decision.sources == tuple(heard) and decision.used > 0)


@SOME
@given(st.lists(factors, min_size=1, max_size=5), methods, priorities)
def test_a_price_lies_between_what_its_sources_say(
    stated: list[Decimal], method: str, ranks: list[int]
) -> None:
    decision = decide(asked(stated, method, ranks))
    if decision is None:
        return
    used = [s.sides.mid for s in decision.sources if s.used]
    digit = decision.mid * Decimal("1E-11")
    assert min(used) - digit <= decision.mid <= max(used) + digit
    assert decision.bid <= decision.mid <= decision.ask


@SOME
@given(
    st.lists(factors, min_size=2, max_size=4),
    st.decimals(Decimal("0.001"), Decimal(1000), places=6),
    priorities,
)
def test_one_wild_source_never_moves_the_price_beyond_the_others(
    stated: list[Decimal], wild: Decimal, ranks: list[int]
) -> None:
    decision = decide(asked([*stated, wild], "median", ranks))
    assert decision is not None
    # Of others that happen to be each other's inverse, or one, the one left out is no other any more.
    wild_key = KEYS[len(stated)]
    assume(not any(s.reason in FAULTS and s.provider != wild_key for s in decision.sources))
    digit = decision.mid * Decimal("1E-11")
    tolerance = Decimal("1.005")  # a source within the deviation that is allowed is not wild
    assert min(stated) / tolerance - digit <= decision.mid <= max(stated) * tolerance + digit


@SOME
@given(st.lists(near, min_size=2, max_size=4), factors, methods, priorities)
def test_no_method_follows_a_wild_source_when_the_others_agree(
    stated: list[Decimal], wild: Decimal, method: str, ranks: list[int]
) -> None:
    decision = decide(asked([*stated, wild], method, ranks))
    assert decision is not None
    tolerance = Decimal("1.005")
    assert min(stated) / tolerance <= decision.mid <= max(stated) * tolerance


@SOME
@given(
    st.lists(near, min_size=1, max_size=5), st.integers(0, 4), st.integers(0, 5), st.sampled_from(METHODS[:3])
)
def test_a_source_that_goes_up_does_not_bring_the_price_down(
    stated: list[Decimal], which: int, bps: int, method: str
) -> None:
    before = decide(asked(stated, method))
    raised = [mid * (1 + Decimal(bps) / 10_000) if n == which else mid for n, mid in enumerate(stated)]
    after = decide(asked(raised, method))
    assert before is not None
    assert after is not None
    assert after.mid >= before.mid


@SOME
@given(st.lists(near, min_size=1, max_size=5), st.sampled_from([2, 3, 7, 40]), methods)
def test_when_everybody_moves_the_price_moves_as_much(stated: list[Decimal], times: int, method: str) -> None:
    before, after = decide(asked(stated, method)), decide(asked([mid * times for mid in stated], method))
    assert before is not None
    assert after is not None
    assert abs(Fraction(after.mid) / times / Fraction(before.mid) - 1) < LAST_DIGIT


def pair(base: str, quote: str, decisions: dict[str, object]) -> Price:
    price = derive(base, quote, decisions, max_age=MAX_AGE, now=NOW)  # type: ignore[arg-type]
    assert price is not None
    return price


@SOME
@given(st.lists(mids, min_size=7, max_size=7))
def test_reciprocals_and_triangles_close_within_the_last_digit(stated: list[Decimal]) -> None:
    stated = [mid + Decimal("1E-9") for mid in stated]  # never exactly one
    decisions = decided(**{code: str(mid) for code, mid in zip(EIGHT, stated, strict=False)})
    for a, b, c in permutations(("EUR", "JPY", "INR", "USD"), 3):
        ab, bc, ac = (Fraction(pair(x, y, decisions).mid) for x, y in ((a, b), (b, c), (a, c)))
        assert abs(ab * bc / ac - 1) < LAST_DIGIT
        assert abs(ab * Fraction(pair(b, a, decisions).mid) - 1) < LAST_DIGIT


def test_the_28_crosses_of_eight_currencies_close_in_every_triangle() -> None:
    decisions = decided(**LEVELS)
    crosses = {(a, b): Fraction(pair(a, b, decisions).mid) for a, b in permutations(EIGHT, 2)}
    assert len(list(combinations(EIGHT, 2))) == 28
    for a, b, c in permutations(EIGHT, 3):
        assert abs(crosses[a, b] * crosses[b, c] / crosses[a, c] - 1) < LAST_DIGIT
    for a, b in permutations(EIGHT, 2):
        assert abs(crosses[a, b] * crosses[b, a] - 1) < LAST_DIGIT


def test_the_sides_of_a_cross_are_the_worst_for_whoever_trades() -> None:
    two_sided = {"EUR": ("1.0843", "1.0845"), "CHF": ("0.8810", "0.8812")}
    decisions = {}
    for code, (bid, ask) in two_sided.items():
        symbol = "EUR/USD" if code == "EUR" else "USD/CHF"
        mid = str((Decimal(bid) + Decimal(ask)) / 2)
        decisions[code] = decide(
            case(source(tick(symbol, mid, bid=bid, ask=ask), currency=code), currency=code)
        )
    cross = pair("EUR", "CHF", decisions)
    assert cross.bid == Decimal("0.9552683")
    assert cross.ask == Decimal("0.9556614")
    turned = pair("CHF", "EUR", decisions)
    assert abs(turned.bid * cross.ask - 1) < Decimal("1E-11")


@pytest.mark.parametrize(("level", "per_step"), [("1.0844", 2e-5), ("151.8", 4e-5)])
def test_a_day_of_clean_ticks_is_not_quarantined(level: str, per_step: float) -> None:
    """Polls each twenty seconds for a day: three sources, each off by some basis points, none in step."""
    draw = random.Random(7)
    mid, last, suspect, polls = float(level), Last(), 0, 4320
    rules = {key: Rules(50, timedelta(seconds=60)) for key in ("a", "b", "c")}
    bias = {"a": 2e-4, "b": -1e-4, "c": 0.0}
    newest: dict[str, Source] = {}
    for number in range(polls):
        mid *= 1 + draw.gauss(0, per_step)
        key = "abc"[number % 3]
        stated = mid * (1 + bias[key] + draw.gauss(0, 1e-4))
        newest[key] = source(tick(mid=f"{stated:.6g}", provider=key, age=draw.uniform(0, 3)))
        question = case(*newest.values(), rules=rules, last=last)
        suspect += sum(s.reason in SUSPECT for s in hear(question) if s.provider == key)
        decision = decide(question)
        assert decision is not None
        assert decision.confidence == "high"
        last = Last(decision.mid, NOW)
    assert suspect <= polls * 0.001
