"""The walk: bounded, reproducible, as lively as it claims, and exact."""

import subprocess
import sys
from decimal import Decimal, FloatOperation
from itertools import pairwise
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.walk import BOUND, SECONDS_PER_YEAR, disagreement, drift, exactly, uniform, walk_of

NOW = 1_795_000_000
slots = st.integers(min_value=0, max_value=4_102_444_800)
seeds = st.integers(min_value=0, max_value=2**63)
codes = st.sampled_from(["EUR", "JPY", "TRY", "XAU", "BTC", "DKK"])
volatilities = st.decimals(min_value="0.1", max_value="80", places=1)


@given(seeds, codes, volatilities, slots)
def test_it_never_leaves_one_per_cent_of_its_level(
    seed: int, code: str, volatility: Decimal, slot: int
) -> None:
    walk = walk_of(seed, code, volatility)
    assert walk.octaves > 0
    assert abs(drift(walk, slot)) <= BOUND


@given(seeds, codes, volatilities, slots)
def test_it_is_a_function_of_seed_currency_and_second(
    seed: int, code: str, volatility: Decimal, slot: int
) -> None:
    assert drift(walk_of(seed, code, volatility), slot) == drift(walk_of(seed, code, volatility), slot)


@given(seeds, codes, volatilities, slots)
def test_it_moves_no_further_in_a_second_than_its_octaves_allow(
    seed: int, code: str, volatility: Decimal, slot: int
) -> None:
    walk = walk_of(seed, code, volatility)
    steps = sum(2 * walk.height / Decimal(2).sqrt() ** octave for octave in range(walk.octaves))
    assert abs(drift(walk, slot + 1) - drift(walk, slot)) <= steps * Decimal("1.000001")


@given(slots)
def test_a_peg_stands_still(slot: int) -> None:
    assert drift(walk_of(1, "AED", Decimal(0)), slot) == 0


def test_another_process_sees_the_same_walk() -> None:
    script = (
        "from decimal import Decimal as D; from demo.walk import drift, walk_of;"
        f"print(drift(walk_of(3, 'JPY', D(9)), {NOW}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": "99"},
    )
    assert Decimal(told.stdout) == drift(walk_of(3, "JPY", Decimal(9)), NOW)


def test_seeds_and_currencies_walk_apart() -> None:
    drifts = {drift(walk_of(seed, code, Decimal(7)), NOW) for seed in (1, 2) for code in ("EUR", "GBP")}
    assert len(drifts) == 4


@pytest.mark.parametrize("volatility", [Decimal(3), Decimal(7), Decimal(14)])
@pytest.mark.parametrize("lag", [1, 60])
def test_its_moves_have_the_volatility_asked_for(volatility: Decimal, lag: int) -> None:
    walk = walk_of(1, "EUR", volatility)
    drifts = [drift(walk, NOW + lag * step) for step in range(800)]
    moves = [later - earlier for earlier, later in pairwise(drifts)]
    yearly = pstdev(moves) * (SECONDS_PER_YEAR / lag).sqrt() * 100
    assert Decimal("0.85") < yearly / volatility < Decimal("1.15")


def test_the_euro_moves_in_its_fifth_digit_within_seconds() -> None:
    walk = walk_of(1, "EUR", Decimal(7))
    shown = [round(Decimal("1.1172") * (1 + drift(walk, NOW + second)), 5) for second in range(60)]
    still = sum(earlier == later for earlier, later in pairwise(shown))
    assert still < 40


@given(seeds, st.sampled_from(["fixer", "openexchangerates"]), slots)
def test_vendors_disagree_by_less_than_the_spread(seed: int, vendor: str, slot: int) -> None:
    spread = Decimal("0.7")
    assert abs(disagreement(seed, vendor, "EUR", spread, slot)) <= spread / 10_000


@given(seeds, slots)
def test_vendors_never_disagree_by_more_than_five_basis_points(seed: int, slot: int) -> None:
    assert abs(disagreement(seed, "fixer", "LBP", Decimal(60), slot)) <= Decimal("0.0005")


def test_a_vendors_bias_lasts_while_its_noise_changes() -> None:
    seen = [disagreement(1, "fixer", "EUR", Decimal(1), NOW + second) for second in range(200)]
    assert len(set(seen)) == 200
    assert max(seen) - min(seen) <= Decimal("0.00006")


@given(st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=4))
def test_uniform_draws_lie_in_their_interval(key: list[object]) -> None:
    assert -1 <= uniform(*key) < 1


def test_floats_are_refused() -> None:
    tenth = 0.1
    with pytest.raises(FloatOperation):
        exactly(lambda: Decimal(tenth) + 1)()
