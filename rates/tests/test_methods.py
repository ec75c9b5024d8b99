"""How sources that count become one price, and which of them count when they disagree."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.base import Basis
from rates.case import Held, Last, Rules
from rates.price import EXACT, Decision
from rates.pricing import decide
from rates.tests.builders import DAILY, INTRADAY, NOW, case, source, tick

KEYS = ("a", "b", "c", "d")
RULES = {key: replace(INTRADAY, priority=number) for number, key in enumerate(KEYS)} | {
    "ecb": DAILY,
    "frankfurter": replace(DAILY, echoes="ecb", priority=10),
    "bank": DAILY,
}
LAST = Last(Decimal("1.0844"), NOW - timedelta(seconds=5))


def decision(*mids: str, **given: Any) -> Decision | None:
    heard = [source(tick(mid=mid, provider=key)) for key, mid in zip(KEYS, mids, strict=False)]
    return decide(case(*given.pop("also", ()), *heard, rules=given.pop("rules", RULES), **given))


def parts(decided: Decision | None) -> dict[str, str | None]:
    assert decided is not None
    return {s.provider: s.reason for s in decided.sources}


def fixing(provider: str, mid: str, age: float = 40_000) -> Any:
    return source(tick(mid=mid, provider=provider, age=age, basis=Basis.DATE))


def test_092_against_160_never_averages() -> None:
    decided = decision("0.92", "1.60")
    assert decided is not None
    assert (decided.mid, decided.confidence, decided.used) == (Decimal("0.92"), "low", 1)
    assert parts(decided) == {"a": None, "b": "disagrees"}
    turned = decision("1.60", "0.92")
    assert turned is not None
    assert turned.mid == Decimal("1.6")


def test_of_two_and_two_that_disagree_the_half_of_the_most_trusted_counts() -> None:
    decided = decision("1.60", "0.92", "0.92", "1.60")
    assert decided is not None
    assert (decided.mid, decided.confidence, decided.used) == (Decimal("1.6"), "low", 2)


def test_an_inverted_feed_on_a_weekend_quorum_is_caught() -> None:
    decided = decision("0.9222", "1.0844", "1.0846")
    assert decided is not None
    assert (decided.mid, decided.confidence) == (Decimal("1.0845"), "high")
    assert parts(decided) == {"a": "inverted", "b": None, "c": None}


def test_of_two_the_last_price_tells_which_is_inverted_even_the_most_trusted() -> None:
    decided = decision("0.9222", "1.0844", last=LAST)
    assert decided is not None
    assert (decided.mid, decided.confidence) == (Decimal("1.0844"), "low")
    assert parts(decided) == {"a": "inverted", "b": None}


def test_with_nothing_else_to_go_by_the_most_trusted_tells_which_is_inverted() -> None:
    decided = decision("1.0844", "0.9222")
    assert decided is not None
    assert decided.confidence == "low"
    assert parts(decided) == {"a": None, "b": "inverted"}


def test_before_the_first_price_a_fixing_tells_which_is_inverted() -> None:
    assert parts(decision("0.9222", "1.0844", also=[fixing("ecb", "1.0850")]))["a"] == "inverted"
    alone = decision("0.9222", also=[fixing("ecb", "1.0850")])
    assert alone is not None
    assert (alone.mid, alone.confidence) == (Decimal("1.085"), "low")
    assert parts(alone) == {"a": "inverted", "ecb": None}


def test_a_copy_of_another_does_not_outvote_a_third() -> None:
    copies = [fixing("ecb", "1.0700"), fixing("frankfurter", "1.0700")]
    decided = decide(
        case(*copies, fixing("bank", "1.0800"), rules=RULES | {"bank": replace(DAILY, priority=1)})
    )
    assert decided is not None
    assert decided.mid == Decimal("1.08")
    assert parts(decided) == {"bank": None, "frankfurter": "echo", "ecb": "disagrees"}


def test_copies_of_a_wrong_table_do_not_make_the_right_one_look_wrong() -> None:
    copies = [fixing("ecb", "0.9222"), fixing("frankfurter", "0.9222")]
    rules = RULES | {"bank": replace(DAILY, priority=1)}
    decided = decide(case(*copies, fixing("bank", "1.0844"), rules=rules))
    assert parts(decided) == {"bank": None, "frankfurter": "inverted", "ecb": "inverted"}


def test_of_copies_the_freshest_counts_and_of_equals_the_original() -> None:
    assert parts(decide(case(fixing("ecb", "1.07"), fixing("frankfurter", "1.07"), rules=RULES))) == {
        "frankfurter": "echo",
        "ecb": None,
    }
    older = fixing("ecb", "1.06", age=126_400)
    assert parts(decide(case(older, fixing("frankfurter", "1.07"), rules=RULES))) == {
        "frankfurter": None,
        "ecb": "echo",
    }


def test_a_copy_counts_when_its_original_is_wrong() -> None:
    said = [fixing("ecb", "0.9222"), fixing("frankfurter", "1.0844"), fixing("bank", "1.0840")]
    assert parts(decide(case(*said, rules=RULES))) == {"frankfurter": None, "ecb": "inverted", "bank": None}


@pytest.mark.parametrize("polls", [1, 2, 3])
def test_a_fall_by_a_quarter_that_two_sources_confirm_passes_at_once(polls: int) -> None:
    moved = ["0.8133"] * polls + ["1.0844"] * (3 - polls)
    decided = decision(*moved, last=LAST)
    assert decided is not None
    assert decided.mid == (Decimal("1.0844") if polls == 1 else Decimal("0.8133"))


def test_a_lone_source_is_believed_at_its_third_poll_with_low_confidence() -> None:
    first = decision("0.8133", last=LAST)
    assert first is None
    held = Held(Decimal("0.8130"), NOW - timedelta(seconds=3), times=1)
    assert decision("0.8133", last=LAST, held={"a": [held]}) is None
    third = decision("0.8133", last=LAST, held={"a": [replace(held, times=2)]})
    assert third is not None
    assert (third.mid, third.confidence) == (Decimal("0.8133"), "low")


@pytest.mark.parametrize(
    "held",
    [
        Held(Decimal("0.8130"), NOW - timedelta(seconds=1), times=2),
        Held(Decimal("0.70"), NOW - timedelta(seconds=3), times=2),
        Held(Decimal("0.8130"), NOW - timedelta(seconds=6), times=2),
        Held(Decimal("0.8130"), NOW - timedelta(seconds=5), times=2),
    ],
    ids=["the same poll again", "another level", "contradicted since", "contradicted at once"],
)
def test_it_takes_three_polls_in_a_row_at_one_level(held: Held) -> None:
    assert decision("0.8133", last=LAST, held={"a": [held]}) is None


def test_a_jump_is_not_believed_against_a_source_that_stayed_however_long_it_insists() -> None:
    held = Held(Decimal("0.8130"), NOW - timedelta(seconds=3), times=99)
    decided = decision("0.8133", "1.0845", last=LAST, held={"a": [held]})
    assert decided is not None
    assert (decided.mid, decided.confidence) == (Decimal("1.0845"), "low")
    assert parts(decided) == {"a": "jump", "b": None}


def test_an_inverse_is_not_believed_however_often_it_is_said() -> None:
    held = Held(Decimal("0.9222"), NOW - timedelta(seconds=3), times=99)
    assert decision("0.9222", last=LAST, held={"a": [held]}) is None


def test_what_staff_released_counts_near_its_level_and_nowhere_else() -> None:
    held = {"a": [Held(Decimal("0.9222"), NOW - timedelta(hours=3), released=True)]}
    decided = decision("0.9230", last=LAST, held=held)
    assert decided is not None
    assert (decided.mid, decided.confidence) == (Decimal("0.923"), "low")
    assert decision("0.70", last=LAST, held=held) is None


def test_a_last_price_of_long_ago_is_no_witness() -> None:
    decided = decision("0.8133", last=Last(Decimal("1.0844"), NOW - timedelta(days=8)))
    assert decided is not None
    assert (decided.mid, decided.confidence) == (Decimal("0.8133"), "high")


def test_one_source_and_nothing_to_compare_is_published() -> None:
    decided = decision("1.0844")
    assert decided is not None
    assert (decided.used, decided.confidence) == (1, "high")


def test_weighted_takes_the_mean_by_weight_and_age() -> None:
    rules = {"a": replace(INTRADAY, weight=Decimal(3)), "b": INTRADAY}
    said = [source(tick(mid="1.0840", provider="a", age=4)), source(tick(mid="1.0844", provider="b", age=1))]
    decided = decide(case(*said, rules=rules, method="weighted", half_life=timedelta(seconds=3)))
    assert decided is not None
    weight = (3 * EXACT.exp(Decimal(-1))).quantize(Decimal("1E-12"))
    assert {s.provider: s.weight for s in decided.sources} == {"a": weight, "b": 1}
    exact = EXACT.divide(weight * Decimal("1.0840") + Decimal("1.0844"), weight + 1)
    assert decided.mid == exact.quantize(Decimal("1E-11"))


def test_best_takes_the_highest_bid_and_the_lowest_ask() -> None:
    sides = {"a": ("1.0840", "1.0846"), "b": ("1.0842", "1.0848")}
    said = [source(tick(mid="1.0844", provider=key, bid=bid, ask=ask)) for key, (bid, ask) in sides.items()]
    mid_only = source(tick(mid="1.0845", provider="c"))
    decided = decide(case(*said, mid_only, rules=RULES, method="best"))
    assert decided is not None
    assert (decided.bid, decided.mid, decided.ask) == (
        Decimal("1.0842"),
        Decimal("1.0844"),
        Decimal("1.0846"),
    )


def test_best_falls_back_to_the_median_where_the_sides_cross() -> None:
    sides = {"a": ("1.0840", "1.0842"), "b": ("1.0844", "1.0846")}
    said = [
        source(tick(mid=str((Decimal(bid) + Decimal(ask)) / 2), provider=key, bid=bid, ask=ask))
        for key, (bid, ask) in sides.items()
    ]
    decided = decide(case(*said, rules=RULES, method="best"))
    assert decided is not None
    assert (decided.bid, decided.mid, decided.ask) == (
        Decimal("1.0842"),
        Decimal("1.0843"),
        Decimal("1.0844"),
    )


def test_primary_is_checked_against_the_rest() -> None:
    decided = decision("1.60", "1.0844", "1.0846", method="primary", last=LAST)
    assert decided is not None
    assert decided.mid == Decimal("1.0844")
    assert parts(decided) == {"a": "jump", "b": None, "c": "not_primary"}


def test_honest_fixings_of_a_day_may_lie_a_days_move_apart() -> None:
    rules = {key: Rules(number, timedelta(days=7), daily=True) for number, key in enumerate(KEYS)}
    said = [fixing(key, mid) for key, mid in zip(KEYS, ("1.0844", "1.0850", "1.0990"), strict=False)]
    assert parts(decide(case(*said, rules=rules))) == {"a": None, "b": None, "c": None}


def test_time_does_not_go_back_behind_an_order_that_has_ended() -> None:
    until = NOW - timedelta(seconds=0.2)
    decided = decision("1.0844", last=Last(ordered_until=until))
    assert decided is not None
    assert (decided.as_of, decided.as_of_basis) == (until, Basis.RECEIVED)
