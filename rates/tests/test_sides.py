"""Bid and ask are judged as the mid is: absurd ones make no part of a price."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from rates.case import Last
from rates.price import Decision, Source
from rates.pricing import decide
from rates.tests.builders import INTRADAY, NOW, case, source, tick

RULES = {key: replace(INTRADAY, priority=number) for number, key in enumerate("abc")}
LAST = Last(Decimal("1.0844"), NOW - timedelta(seconds=2))
NARROW = ("1.0843", "1.0845")
METHODS = ("median", "weighted", "primary", "best")


def said(provider: str, bid: str, ask: str, mid: str = "1.0844") -> Source:
    return source(tick(mid=mid, bid=bid, ask=ask, provider=provider))


def decided(*heard: Source, method: str = "median", **given: object) -> Decision:
    decision = decide(case(*heard, rules=RULES, last=LAST, method=method, **given))
    assert decision is not None
    return decision


def sides(decision: Decision) -> tuple[str, ...]:
    return tuple(str(side) for side in (decision.bid, decision.mid, decision.ask))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("bid", "ask"), [("0.0108", "108.45"), ("1.0200", "1.1500"), ("1.0740", "1.0845")])
def test_absurd_sides_do_not_move_those_of_the_others(method: str, bid: str, ask: str) -> None:
    usual = [said("a", *NARROW), said("b", *NARROW)]
    assert sides(decided(*usual, said("c", bid, ask), method=method)) == ("1.0843", "1.0844", "1.0845")
    assert sides(decided(usual[0], said("c", bid, ask), method=method)) == ("1.0843", "1.0844", "1.0845")


def test_a_source_whose_own_sides_are_absurd_counts_by_its_mid_alone() -> None:
    assert sides(decided(said("a", "0.5", "1.6688"))) == ("1.0844", "1.0844", "1.0844")


def test_sides_that_are_usual_for_a_pair_stay() -> None:
    assert sides(decided(said("a", "1.0400", "1.1200"))) == ("1.04", "1.0844", "1.12")


def test_staff_may_allow_wider_sides() -> None:
    wide = decided(said("a", "0.9", "1.2"), max_dispersion_bps=Decimal(2000))
    assert sides(wide) == ("0.9", "1.0844", "1.2")


def test_a_mid_far_outside_of_its_own_sides_makes_no_price() -> None:
    assert decide(case(said("a", "1.6000", "1.6002"), rules=RULES, last=LAST)) is None


def test_a_last_trade_a_little_outside_of_the_sides_still_counts() -> None:
    assert sides(decided(said("a", "1.0845", "1.0847"))) == ("1.0844", "1.0844", "1.0847")


def test_the_best_bid_does_not_push_the_mid_that_the_others_say() -> None:
    wide = [said(key, "1.0743", "1.0945") for key in "ab"]
    best = decided(*wide, said("c", "1.0860", "1.0950", mid="1.0860"), method="best")
    assert sides(best) == ("1.0743", "1.0844", "1.0945")
