"""Know the currencies that are worth a fixed amount of another by law or treaty. Pure.

Bands are left out: within theirs HKD (7.75 to 7.85 per USD) and DKK (2.25 % about 7.46038 per EUR) move, and
sources price them. So are official rates at which nobody can buy. A peg is known to hold from its `since` on,
which is not always its first day. The table is `pegs.csv`, read once.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

TABLE = Path(__file__).with_name("pegs.csv")


@dataclass(frozen=True, slots=True)
class Peg:
    """One peg: units of the currency per one anchor, by whose word, from and through which day."""

    currency: str
    anchor: str
    per_anchor: Fraction
    authority: str
    since: date
    until: date
    source: str


def peg_of(currency: str, on: date) -> Peg | None:
    """Find the peg of a currency on a day. None where it had none."""
    peg = PEGS.get(currency)
    return peg if peg and peg.since <= on <= peg.until else None


def fixed_between(base: str, quote: str, on: date) -> Fraction | None:
    """Find the units of one currency that another is worth by their pegs. None where none joins them."""
    worths = [_anchored(base, on), _anchored(quote, on)]
    shared = worths[0].keys() & worths[1].keys()
    return next((worths[1][anchor] / worths[0][anchor] for anchor in sorted(shared)), None)


def _anchored(currency: str, on: date) -> dict[str, Fraction]:
    """Map a currency itself, and what it is pegged to, to its units per one of that."""
    peg = peg_of(currency, on)
    return {currency: Fraction(1)} | ({peg.anchor: peg.per_anchor} if peg else {})


def hanging_on(anchors: Collection[str], on: date) -> set[str]:
    """Name the currencies that are pegged to one of these."""
    return {code for code in PEGS if (peg := peg_of(code, on)) and peg.anchor in anchors}


def _read(path: Path) -> Iterator[Peg]:
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            yield _from_row(row)


def _from_row(row: Mapping[str, str]) -> Peg:
    until = date.fromisoformat(row["until"]) if row["until"] else date.max
    since = date.fromisoformat(row["since"])
    per = _per_anchor(row["per_anchor"])
    return Peg(row["currency"], row["anchor"], per, row["authority"], since, until, row["source"])


def _per_anchor(text: str) -> Fraction:
    """Read a rate; some authorities state theirs the other way round, as `1/2.6008`."""
    number, _, divisor = text.partition("/")
    return Fraction(Decimal(number)) / Fraction(Decimal(divisor or "1"))


PEGS: Mapping[str, Peg] = {peg.currency: peg for peg in _read(TABLE)}
