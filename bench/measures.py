"""Hold what was measured, beside its reference and what it should reach; as a table and as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Measure:
    """One figure. `at_least` and `aim` are about the ratio where there is a reference, else about the figure.

    `reference` says what it is compared with; None where the figure stands alone.
    """

    value: float
    unit: str
    reference: str | None = None
    reference_value: float | None = None
    at_least: float | None = None
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        """Say how many times the reference it is. None without one."""
        return self.value / self.reference_value if self.reference_value else None

    def as_json(self) -> dict[str, Any]:
        """Write it with its ratio."""
        return {
            "value": round(self.value, 4),
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": None if self.reference_value is None else round(self.reference_value, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "at_least": self.at_least,
            "aim": self.aim,
        }


def milliseconds(work: Callable[[], object], times: int) -> list[float]:
    """Run something so many times and say how long each took, in ms, the shortest first."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def p50(took: list[float]) -> float:
    """Take the middle one."""
    return median(took)


def p99(took: list[float]) -> float:
    """Take the one that only one in a hundred exceeds."""
    return took[min(len(took) - 1, round(len(took) * 0.99))]


def table(parts: dict[str, dict[str, Measure]]) -> str:
    """Write all measures, one a line."""
    lines = [f"{'':34}{'':>12} {'':8}{'reference':>12}{'ratio':>8}{'at least':>10}{'aim':>8}"]
    for part, measures in parts.items():
        lines += [_line(f"{part}: {name}", measure) for name, measure in measures.items()]
    return "\n".join(lines)


def _line(name: str, measure: Measure) -> str:
    numbers = (measure.reference_value, measure.ratio, measure.at_least, measure.aim)
    reference, *rest = ("" if number is None else f"{number:,.4g}" for number in numbers)
    compared = f"  ({measure.reference})" if measure.reference else ""
    return (
        f"{name:34}{measure.value:>12,.4g} {measure.unit:8}{reference:>12}"
        f"{rest[0]:>8}{rest[1]:>10}{rest[2]:>8}{compared}"
    )
