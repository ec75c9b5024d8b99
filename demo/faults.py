"""Hold each vendor's switchable fault, and say what it does to an answer; the server waits and streams."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from demo.vendors import Vendor
from demo.wire import Answer, page

DEFAULT_DELAY_S = Decimal(2)
DEFAULT_RETRY_AFTER_S = Decimal(30)


class Kind(StrEnum):
    """Name the ways in which a vendor can fail."""

    NONE = "none"
    DELAY = "delay"
    HANG = "hang"
    ERROR = "500"
    THROTTLED = "429"
    GARBAGE = "garbage"
    HUGE = "huge"
    QUOTA = "quota"
    AUTH = "auth"


@dataclass(frozen=True, slots=True)
class Fault:
    """Say how a vendor fails.

    `seconds` is the wait of a delay or the Retry-After of a 429; None is the usual one.
    """

    kind: Kind = Kind.NONE
    seconds: Decimal | None = None

    @property
    def delay_s(self) -> float | None:
        """Return how long a request is held; None for as long as the fault lasts."""
        if self.kind is Kind.HANG:
            return None
        return float(DEFAULT_DELAY_S if self.seconds is None else self.seconds)

    @property
    def retry_after(self) -> str:
        """Return the whole seconds of a Retry-After header."""
        seconds = DEFAULT_RETRY_AFTER_S if self.seconds is None else self.seconds
        return str(int(seconds))


@dataclass(slots=True)
class Desk:
    """Keep one vendor's fault and count its requests; `switched` wakes whoever waits for the fault to end."""

    vendor: Vendor
    fault: Fault = field(default_factory=Fault)
    requests: int = 0
    switched: asyncio.Event = field(default_factory=asyncio.Event)

    def switch(self, fault: Fault) -> None:
        """Change the fault and wake the requests that the old one holds."""
        self.fault = fault
        self.switched.set()
        self.switched = asyncio.Event()


def spoiled(fault: Fault, vendor: Vendor, honest: Answer) -> Answer:
    """Return what a failing vendor says in place of its honest answer."""
    match fault.kind:
        case Kind.ERROR:
            return page(500, "500 Internal Server Error")
        case Kind.THROTTLED:
            return vendor.throttled().having(Retry_After=fault.retry_after)
        case Kind.GARBAGE:
            return vendor.garbled(honest)
        case Kind.QUOTA:
            return vendor.over_quota()
        case Kind.AUTH:
            return vendor.unauthorised()
        case _:
            return honest
