"""Hold each vendor's switchable fault, and say what it does to an answer; the server waits and streams."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache

from demo.vendors import Vendor, cut_short
from demo.wire import JSON_TYPE, Answer, Ask, Json, json_answer, page

DEFAULT_DELAY_S = Decimal(2)
DEFAULT_RETRY_AFTER_S = Decimal(30)
# Port 9 discards: whoever follows finds nobody, and could have found somebody.
ELSEWHERE = "http://127.0.0.1:9/"
BOMB_MEBIBYTES = 1_024
_USUAL = {"host", "accept", "accept-encoding", "connection", "user-agent"}
_LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
XML_BOMB = f'<!DOCTYPE x [<!ENTITY l0 "lol">{_LAUGHS}]><x>&l9;</x>'.encode()


class Kind(StrEnum):
    """Name the ways in which a vendor can fail."""

    NONE = "none"
    DELAY = "delay"
    HANG = "hang"
    ERROR = "500"
    THROTTLED = "429"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"
    HTML = "html"
    HUGE = "huge"
    DRIP = "drip"
    BOMB = "bomb"
    XML_BOMB = "xml-bomb"
    REDIRECT = "redirect"
    QUOTA = "quota"
    AUTH = "auth"
    ECHO = "echo"


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


@cache
def gzip_bomb() -> bytes:
    """Pack a gibibyte of blanks into a megabyte: one block that stands by itself, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b" ") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 1_048_576) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * BOMB_MEBIBYTES


# What a server does to any vendor's answer.
_BROKEN: Mapping[Kind, Callable[[Answer], Answer]] = {
    Kind.ERROR: lambda _: page(500, "500 Internal Server Error"),
    Kind.TRUNCATED: cut_short,
    Kind.HTML: lambda _: page(200, "Down for maintenance"),
    Kind.BOMB: lambda _: Answer(200, gzip_bomb(), JSON_TYPE).having(Content_Encoding="gzip"),
    Kind.XML_BOMB: lambda _: Answer(200, XML_BOMB, "text/xml"),
    Kind.REDIRECT: lambda _: page(302, "302 Found").having(Location=ELSEWHERE),
}


def spoiled(fault: Fault, vendor: Vendor, ask: Ask, honest: Answer) -> Answer:
    """Return what a failing vendor says in place of its honest answer."""
    match fault.kind:
        case Kind.ECHO:
            return echoed(ask)
        case Kind.THROTTLED:
            return vendor.throttled().having(Retry_After=fault.retry_after)
        case Kind.GARBAGE:
            return vendor.garbled(honest)
        case Kind.QUOTA:
            return vendor.over_quota()
        case Kind.AUTH:
            return vendor.unauthorised()
        case _:
            return _BROKEN[fault.kind](honest) if fault.kind in _BROKEN else honest


def echoed(ask: Ask) -> Answer:
    """Refuse a key, and repeat it with all else that was asked, as careless vendors do."""
    headers = {name: text for name, text in ask.headers.items() if name not in _USUAL}
    said = f"invalid key: {dict(ask.query)} {headers} {ask.path}"
    error: Json = {"code": 101, "type": said, "info": said}
    told: Json = {"success": False, "error": error, "status": 401, "message": said, "description": said}
    return json_answer(401, told)
