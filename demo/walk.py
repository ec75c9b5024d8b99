"""Move a currency around its level: a seeded random walk that is a pure function of the second.

The walk is a sum of octaves. Octave k joins random points 2^k seconds apart by straight lines, and is √2
times as high as the octave below it, so that the spread of moves grows with the square root of time, as a
market's does. Being a function, not a process, it has no state: two servers agree, and a restart keeps to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, FloatOperation, InvalidOperation, Overflow, localcontext
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

EXACT = Context(prec=34, traps=[DivisionByZero, FloatOperation, InvalidOperation, Overflow])
BOUND = Decimal("0.01")
MAX_OCTAVES = 17
SECONDS_PER_YEAR = Decimal(31_557_600)
# The standard deviation of one second's move is 2/√3 of the lowest octave's height.
HEIGHT_PER_SIGMA = Decimal("0.75").sqrt(EXACT)
GROWTH = tuple(EXACT.power(Decimal(2), Decimal(octave) / 2) for octave in range(MAX_OCTAVES))

BIAS = Decimal("0.6")
NOISE = Decimal("0.3")
MAX_DISAGREEMENT_BPS = Decimal(5)
BASIS_POINT = Decimal("0.0001")


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in this module's decimal context, whatever the thread's own is."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return run


@dataclass(frozen=True, slots=True)
class Walk:
    """Describe one currency's walk; `height` is the reach of its lowest octave, as a part of the level."""

    seed: int
    code: str
    height: Decimal
    octaves: int


@exactly
def walk_of(seed: int, code: str, volatility: Decimal) -> Walk:
    """Build the walk of a currency from its yearly volatility in per cent; zero stands still.

    It has as many octaves as fit into BOUND, so no sum of them can leave it.
    """
    height = volatility / 100 / SECONDS_PER_YEAR.sqrt() * HEIGHT_PER_SIGMA
    octaves, reach = 0, Decimal(0)
    while octaves < MAX_OCTAVES and reach + height * GROWTH[octaves] <= BOUND:
        reach += height * GROWTH[octaves]
        octaves += 1
    return Walk(seed, code, height, octaves if height else 0)


@exactly
def drift(walk: Walk, slot: int) -> Decimal:
    """Say how far the currency is from its level in a second, as a part of that level, within ±BOUND."""
    total = Decimal(0)
    for octave in range(walk.octaves):
        period = 1 << octave
        index, passed = divmod(slot, period)
        height = _point(walk.seed, walk.code, octave, index) * (period - passed)
        if passed:
            height += _point(walk.seed, walk.code, octave, index + 1) * passed
        total += height / period * GROWTH[octave]
    return total * walk.height


@exactly
def disagreement(seed: int, vendor: str, code: str, spread_bps: Decimal, slot: int) -> Decimal:
    """Say how far a vendor is off the market, as a part of the level: a bias, and a noise each second."""
    reach = min(spread_bps, MAX_DISAGREEMENT_BPS) * BASIS_POINT
    bias = _point(seed, vendor, -1, code) * BIAS
    return reach * (bias + uniform(seed, vendor, code, slot) * NOISE)


def uniform(*key: object) -> Decimal:
    """Draw a number in [-1, 1) that depends on nothing but the key."""
    digest = blake2b("|".join(map(str, key)).encode(), digest_size=6).digest()
    return Decimal(int.from_bytes(digest, "big")) / (1 << 47) - 1


@lru_cache(maxsize=8_192)
def _point(seed: int, name: str, octave: int, index: int | str) -> Decimal:
    # Neighbouring seconds share all but their lowest points: cached, a price is two hashes and not 34.
    return uniform(seed, name, octave, index)
