"""Say what every adapter is made of: what it is asked, what it answers, how it fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException


class Category(StrEnum):
    """Name the ways a source fails; each is treated differently by the caller."""

    AUTH = "auth"
    QUOTA = "quota"
    PLAN = "plan"
    UNSUPPORTED = "unsupported"
    BAD_BODY = "bad_body"
    UNAVAILABLE = "unavailable"


# What a failing status says where the body says no more; every other one is a server in trouble.
_STATUSES = {
    "400": Category.UNSUPPORTED,
    "401": Category.AUTH,
    "403": Category.PLAN,
    "404": Category.UNSUPPORTED,
    "422": Category.UNSUPPORTED,
    "429": Category.QUOTA,
}
_NO_RATE = (None, "", "N/A")
_LAST_SECOND = Decimal(253_402_300_799)


class ProviderError(Exception):
    """Carry what went wrong with one request to one source; never a key or a full URL."""

    def __init__(self, category: Category, detail: str) -> None:
        super().__init__(f"{category}: {detail}")
        self.category = category
        self.detail = detail


class Basis(StrEnum):
    """Say whose clock `as_of` is: the vendor's, ours, or only a day stated by the vendor."""

    VENDOR = "vendor"
    RECEIVED = "received"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Tick:
    """One statement of one provider: quote units per one base, at a moment.

    With basis `date`, `as_of` is the first instant of the stated day, so its age is never understated.
    """

    provider: str
    base: str
    quote: str
    mid: Decimal
    as_of: datetime
    as_of_basis: Basis
    received_at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """Say where a key travels: `place` is none, query or header; `form` wraps the key."""

    place: str = "none"
    name: str = ""
    form: str = "{key}"


@dataclass(frozen=True, slots=True)
class Ask:
    """What the house wants to know: the currencies, and a date when not the newest."""

    currencies: frozenset[str]
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A GET below the provider's base URL, without its key."""

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """What came back, read whole: the status, the bytes and their type."""

    status: int
    content: bytes
    content_type: str = ""

    @property
    def failed(self) -> bool:
        """Say whether the status is one of a failure."""
        return self.status >= 400

    def failure(self, detail: object = "", category: Category | None = None) -> ProviderError:
        """Build the error of this answer; without a category its status decides."""
        return ProviderError(category or self.category(), f"HTTP {self.status} {detail}".rstrip())

    def category(self, status: object = None) -> Category:
        """Read a failure off the status: the answer's own, or one that the body states."""
        if status is None and not self.failed:
            return Category.BAD_BODY
        return _STATUSES.get(str(self.status if status is None else status), Category.UNAVAILABLE)

    def json(self) -> dict[str, Any]:
        """Read a JSON object with every number as Decimal.

        Raises: ProviderError bad_body, or what the status says where it is one of a failure.
        """
        try:
            found = json.loads(self.content, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise self.failure("not JSON") from error
        if not isinstance(found, dict):
            raise self.failure("not a JSON object")
        return found

    def xml(self) -> Element:
        """Read XML without entities or DTD. Raises: ProviderError, as with JSON."""
        try:
            return defusedxml.ElementTree.fromstring(self.content, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise self.failure("not XML") from error


class Adapter:
    """Build a request and parse a body; do no I/O, touch no rows, catch nothing, never invert."""

    name: ClassVar[str]
    home: ClassVar[str]
    base_url: ClassVar[str]
    auth: ClassVar[Auth] = Auth()
    keyless: ClassVar[bool] = False
    daily: ClassVar[bool] = False
    historical: ClassVar[bool] = False
    streaming: ClassVar[bool] = False
    min_interval: ClassVar[timedelta] = timedelta(seconds=1)

    def __init__(self, key: str) -> None:
        self.key = key

    def request(self, ask: Ask) -> Request:
        """Build the request that answers `ask`."""
        raise NotImplementedError

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a body into ticks. Raises: ProviderError."""
        raise NotImplementedError

    def ticks(
        self, base: object, mids: object, received_at: datetime, as_of: datetime | date | None
    ) -> list[Tick]:
        """Make a tick for each quote of a map; a map `{bid, ask, mid}` stands for a number.

        Zero, null and the base itself are left out: vendors print them for "no rate".
        Raises: ProviderError bad_body for a map without rates, or of another base than it says.
        """
        if not isinstance(base, str) or len(base) != 3 or not isinstance(mids, Mapping):
            raise ProviderError(Category.BAD_BODY, "no base or no rates")
        moment, basis = clock(as_of, received_at)
        found = []
        for quote, stated in mids.items():
            sides = stated if isinstance(stated, Mapping) else {"mid": stated}
            bid, ask, mid = (_rate(sides.get(side)) for side in ("bid", "ask", "mid"))
            if mid and quote == base:
                _check_identity(mid)
            elif mid:
                found.append(Tick(self.key, base, quote, mid, moment, basis, received_at, bid, ask))
        if not found:
            raise ProviderError(Category.BAD_BODY, "no rates")
        return found


def clock(as_of: datetime | date | None, received_at: datetime) -> tuple[datetime, Basis]:
    """Turn a vendor's time, day or silence into `as_of` and its basis."""
    if as_of is None:
        return received_at, Basis.RECEIVED
    if isinstance(as_of, datetime):
        return as_of, Basis.VENDOR
    return datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC), Basis.DATE


def decimal(text: object) -> Decimal:
    """Read a number from a vendor's text. Raises: ProviderError bad_body unless finite."""
    try:
        number = Decimal(str(text))
    except InvalidOperation as error:
        raise ProviderError(Category.BAD_BODY, "not a number where one belongs") from error
    if not number.is_finite():
        raise ProviderError(Category.BAD_BODY, "a number is not finite")
    return number


def instant(seconds: object) -> datetime:
    """Read Unix seconds, UTC. Raises: ProviderError bad_body."""
    number = decimal(seconds)
    # Checked first: int() of a decimal with a huge exponent holds the interpreter for half a minute.
    if not 0 <= number <= _LAST_SECOND:
        raise ProviderError(Category.BAD_BODY, "a time is out of range")
    return datetime.fromtimestamp(int(number), UTC)


def day(text: object) -> date:
    """Read YYYY-MM-DD. Raises: ProviderError bad_body."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ProviderError(Category.BAD_BODY, "a date cannot be read") from error


def _rate(stated: object) -> Decimal | None:
    """Read a rate. None for what vendors print where they have none."""
    return None if stated in _NO_RATE else decimal(stated) or None


def _check_identity(mid: Decimal) -> None:
    """See that the base is worth one of itself: a map of another base would be wrong everywhere."""
    if not Decimal("0.999") < mid < Decimal("1.001"):
        raise ProviderError(Category.BAD_BODY, "the rates have another base than stated")


def _refuse(name: str) -> Decimal:
    raise ValueError(f"{name} is not a number")
