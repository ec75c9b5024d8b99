"""Know every currency: the ISO 4217 table with CLDR's cash steps, read once from `iso4217.csv`.

The table holds the active codes, the four metals, units of account such as CLF and XDR, and the
retired codes that rate sources and the ECB's history still carry (`ended` is the last day on which
one was money of its own, so the eve of the euro for the currencies it replaced). ISO's codes for
testing, for no currency and for the bond-market units are left out: nothing has a price in them.

Minor units are ISO's, never CLDR's display digits (IQD has 3 though it is shown with 0). ISO gives
none for metals and units of account: metals take three decimals, as bullion accounts in fine troy
ounces do, the units of account two.

Source: https://www.six-group.com/en/products-services/financial-information/data-standards.html
Source: https://github.com/unicode-org/cldr/blob/main/common/supplemental/supplementalData.xml
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

TABLE = Path(__file__).with_name("iso4217.csv")


class UnknownCurrency(LookupError):
    """Say that a text is no currency code that we know."""

    def __init__(self, code: str) -> None:
        """Keep the code as it was asked for."""
        super().__init__(f"{code[:12]!r} is not a currency code we know.")
        self.code = code


@dataclass(frozen=True, slots=True)
class Currency:
    """Describe one currency by its facts in ISO 4217 and CLDR.

    `cash_step` is the smallest amount payable in cash, None where that is the minor unit.
    `started` and `ended` are None where no date is known; a currency without an end is active.
    """

    code: str
    numeric: str
    name: str
    symbol: str
    minor_units: int
    cash_step: Decimal | None
    active: bool
    started: date | None
    ended: date | None
    countries: tuple[str, ...]


def currency(code: str) -> Currency:
    """Look up a currency by its three-letter code in any letter case.

    Raises: UnknownCurrency.
    """
    # `upper` turns a dotless i and a long s into ASCII letters, hence ASCII is asked for first.
    found = CURRENCIES.get(code.upper()) if len(code) == 3 and code.isascii() else None
    if found is None:
        raise UnknownCurrency(code)
    return found


def _read(path: Path) -> Iterator[Currency]:
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            yield _from_row(row)


def _from_row(row: Mapping[str, str]) -> Currency:
    return Currency(
        code=row["code"],
        numeric=row["numeric"],
        name=row["name"],
        symbol=row["symbol"],
        minor_units=int(row["minor_units"]),
        cash_step=Decimal(row["cash_step"]) if row["cash_step"] else None,
        active=not row["ended"],
        started=_day(row["started"]),
        ended=_day(row["ended"]),
        countries=tuple(row["countries"].split()),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


CURRENCIES: Mapping[str, Currency] = MappingProxyType({known.code: known for known in _read(TABLE)})
