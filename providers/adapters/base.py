"""Say what every adapter is made of: what it is asked, what it answers, how it fails.

An adapter imports from here alone; the tools below (`_body`, `_reading`, `_errors`) are shown through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar

from providers.adapters._body import Body, Request
from providers.adapters._errors import Category, NoRates, ProviderError
from providers.adapters._reading import comma, day, decimal, first, instant, mapping, moment, objects, rate

__all__ = [
    "Adapter",
    "Ask",
    "Auth",
    "Basis",
    "Body",
    "Category",
    "NoRates",
    "ProviderError",
    "Request",
    "Tick",
    "clock",
    "comma",
    "day",
    "decimal",
    "first",
    "instant",
    "mapping",
    "moment",
    "objects",
    "present",
    "rate",
]

_CODE = re.compile("[A-Z]{3}")


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
    """Say where a key travels: `place` is none, query, header or path; `form` wraps the key.

    A key in the path stands where the request's path says `{key}`. A form of `{basic}` wants the Base64 of
    the key, which is `account:key` then.
    """

    place: str = "none"
    name: str = ""
    form: str = "{key}"


@dataclass(frozen=True, slots=True)
class Ask:
    """What the house wants to know: the currencies, and a date when not the newest.

    `today` is the day of asking: some vendors answer nothing but a period with an end.
    """

    currencies: frozenset[str]
    on: date | None = None
    today: date = field(kw_only=True)


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
    # The key of the source whose rates it repeats: the two together count once.
    echoes: ClassVar[str] = ""
    min_interval: ClassVar[timedelta] = timedelta(seconds=1)
    body_limit: ClassVar[int] = 5 * 1024 * 1024
    stream_url: ClassVar[str] = ""
    # A stream that says nothing for so long is dead. None where quiet is no sign: pings alone tell then.
    silence: ClassVar[timedelta | None] = None

    def __init__(self, key: str) -> None:
        self.key = key

    def requests(self, ask: Ask) -> list[Request]:
        """Build every request that `ask` needs: one, unless the vendor answers a pair at a time."""
        return [self.request(ask)]

    def request(self, ask: Ask) -> Request:
        """Build the request that answers `ask`."""
        raise NotImplementedError

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read a body into ticks, of every day it holds. Raises: ProviderError."""
        raise NotImplementedError

    def greetings(self, ask: Ask) -> list[str]:
        """Write the frames that open a stream of what `ask` wants; `{key}` stands for the key in them.

        None at all where the vendor has nothing of it.
        """
        raise NotImplementedError

    def admits(self, text: str) -> bool:
        """Say whether a frame lets the next greeting be sent; the first needs none. Raises: ProviderError."""
        return True

    def parse_frame(self, text: str, received_at: datetime) -> list[Tick]:
        """Read one frame of a stream; an acknowledgement or a heartbeat has none. Raises: ProviderError."""
        raise NotImplementedError

    def ticks(
        self, base: object, mids: object, received_at: datetime, as_of: datetime | date | None
    ) -> list[Tick]:
        """Make a tick for each quote of a map, as `tick` does.

        Raises: ProviderError bad_body for a map without rates, or of another base than it says.
        """
        if not is_code(base) or not isinstance(mids, Mapping):
            raise ProviderError(Category.BAD_BODY, "no base or no rates")
        _check_identity(mids.get(base))
        return present(self.tick(base, quote, sides, received_at, as_of) for quote, sides in mids.items())

    def tick(
        self,
        base: object,
        quote: object,
        stated: object,
        received_at: datetime,
        as_of: datetime | date | None,
        *,
        per: object = 1,
    ) -> Tick | None:
        """Make a tick of a number, or of a map `{bid, ask, mid}`, stated for `per` units of the base.

        Two sides without a mid have it in their middle. None for what is no rate of two currencies: zero,
        nothing, a currency against itself, a code that is not three upper-case letters. None too beside a
        side of zero, unless both are: the vendor's mid is half of the other side then.
        Raises: ProviderError bad_body for a number that cannot be read.
        """
        if base == quote or not is_code(base) or not is_code(quote):
            return None
        sides = stated if isinstance(stated, dict) else {"mid": stated}
        bid, ask = (rate(sides.get(side), per) for side in ("bid", "ask"))
        mid = rate(sides.get("mid"), per) or (bid and ask and (bid + ask) / 2)
        if not mid or (0 in (bid, ask) and bid != ask):
            return None
        moment_, basis = clock(as_of, received_at)
        return Tick(
            self.key, str(base), str(quote), mid, moment_, basis, received_at, bid or None, ask or None
        )


def present(found: Iterable[Tick | None]) -> list[Tick]:
    """Drop what is no rate; the oldest comes first, so the last of a pair is its newest.

    Raises: NoRates where nothing is left.
    """
    kept = sorted((tick for tick in found if tick), key=lambda tick: tick.as_of)
    if not kept:
        raise NoRates
    return kept


def clock(as_of: datetime | date | None, received_at: datetime) -> tuple[datetime, Basis]:
    """Turn a vendor's time, day or silence into `as_of` and its basis."""
    if as_of is None:
        return received_at, Basis.RECEIVED
    if isinstance(as_of, datetime):
        return as_of, Basis.VENDOR
    return datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC), Basis.DATE


def is_code(name: object) -> bool:
    """Say whether a name can be a currency's: three upper-case letters."""
    return isinstance(name, str) and _is_code(name)


# A history asks for the same names at each of its days.
@lru_cache(maxsize=1024)
def _is_code(name: str) -> bool:
    return _CODE.fullmatch(name) is not None


def _check_identity(stated: object) -> None:
    """See that the base is worth one of itself: a map of another base would be wrong everywhere."""
    mid = rate(stated.get("mid") if isinstance(stated, Mapping) else stated)
    if mid and not Decimal("0.999") < mid < Decimal("1.001"):
        raise ProviderError(Category.BAD_BODY, "the rates have another base than stated")
