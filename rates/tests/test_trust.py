"""Whom pricing trusts: releases are narrow and end, shared faults are seen, a correction is heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.base import Basis
from rates.case import Held, Last
from rates.price import Decision, Source
from rates.pricing import decide, hear
from rates.tests.builders import DAILY, INTRADAY, NOW, case, source, tick

KEYS = "abc"
RULES = {key: replace(INTRADAY, priority=number) for number, key in enumerate(KEYS)} | {"ecb": DAILY}
LAST = Last(Decimal("1.0844"), NOW - timedelta(seconds=2))
FIXING = source(tick(mid="1.0850", provider="ecb", age=40_000, basis=Basis.DATE))
DAY = timedelta(days=1)


def asked(*mids: str, also: tuple[Source, ...] = (), **given: Any) -> Any:
    heard = [source(tick(mid=mid, provider=key)) for key, mid in zip(KEYS, mids, strict=False)]
    return case(*heard, *also, rules=RULES, **({"last": LAST} | given))


def decided(*mids: str, **given: Any) -> Decision:
    decision = decide(asked(*mids, **given))
    assert decision is not None
    return decision


def reasons(*mids: str, **given: Any) -> dict[str, str | None]:
    return {heard.provider: heard.reason for heard in hear(asked(*mids, **given))}


def released(key: str, mid: str) -> dict[str, list[Held]]:
    return {key: [Held(Decimal(mid), NOW - timedelta(hours=3), released=True)]}


@pytest.mark.parametrize("method", ["median", "weighted", "primary"])
def test_a_release_lets_its_level_pass_and_not_what_lies_far_from_it(method: str) -> None:
    held = released("c", "1.0900")
    assert abs(
        decided("1.0844", "1.0845", "1.1700", held=held, method=method).mid - Decimal("1.0844")
    ) < Decimal("0.0001")
    assert decided("1.0844", "1.1700", held=released("b", "1.0900")).mid == Decimal("1.0844")
    assert reasons("1.0844", "1.0845", "1.0910", held=held)["c"] is None


def test_a_release_is_heard_against_what_contradicts_it_and_outranks_nobody_else() -> None:
    assert decided("1.0844", "1.0990", held=released("b", "1.0990")).mid == Decimal("1.099")
    agreeing = decided("1.0844", "1.0846", held=released("b", "1.0846"), method="primary")
    assert agreeing.mid == Decimal("1.0844")


@pytest.mark.parametrize("mid", ["0.9222", "108.44"])
def test_a_fault_that_two_sources_share_is_held_where_last_price_and_fixing_contradict_it(mid: str) -> None:
    alone = decided(mid, mid, also=(FIXING,))
    assert (alone.mid, alone.confidence) == (Decimal("1.085"), "low")
    third = decided(mid, mid, "1.0844", also=(FIXING,))
    assert (third.mid, third.confidence, third.used) == (Decimal("1.0844"), "low", 1)


@pytest.mark.parametrize("given", [{}, {"also": (FIXING,), "last": Last()}], ids=["last price", "fixing"])
def test_a_fault_that_two_sources_share_leaves_a_doubt_where_one_witness_contradicts_it(
    given: dict[str, Any],
) -> None:
    shared = decided("0.9222", "0.9222", **given)
    assert (shared.mid, shared.confidence) == (Decimal("0.9222"), "low")


def test_staff_release_a_level_that_two_sources_share() -> None:
    changed = decided("108.44", "108.44", also=(FIXING,), held=released("b", "108.44"))
    assert (changed.mid, changed.confidence) == (Decimal("108.44"), "low")


def test_one_for_one_is_no_yardstick_for_the_others() -> None:
    assert reasons("1", "1.0844", last=Last()) == {"a": "identity", "b": None}


def test_a_clock_ahead_does_not_make_a_price_younger_than_its_receipt() -> None:
    early = source(tick(mid="1.0844", provider="a", age=-50, received_age=60))
    assert [heard.reason for heard in hear(case(early, rules=RULES))] == ["stale"]


def test_a_last_price_from_ahead_of_us_does_not_keep_a_jump_out_for_ever() -> None:
    held = {"a": [Held(Decimal("1.40"), NOW - timedelta(seconds=3), times=2)]}
    ahead = Last(Decimal("1.0844"), NOW + DAY)
    assert decided("1.40", last=ahead, held=held).mid == Decimal("1.4")


def test_an_order_from_ahead_of_us_holds_time_until_now_alone() -> None:
    assert decided("1.0844", last=Last(ordered_until=NOW + DAY)).as_of == NOW


@pytest.mark.parametrize("wrong", ["1.4000", "10.8440"])
def test_a_correction_of_the_fixing_that_the_last_price_rested_on_is_no_fault(wrong: str) -> None:
    fixed = source(tick(mid="1.0844", provider="ecb", age=40_000, basis=Basis.DATE))
    last = Last(Decimal(wrong), fixed.as_of, alone="ecb")
    assert [heard.reason for heard in hear(case(fixed, rules=RULES, last=last))] == [None]
    for other in (replace(last, alone=""), replace(last, as_of=fixed.as_of - DAY)):
        assert [heard.used for heard in hear(case(fixed, rules=RULES, last=other))] == [False]
