"""Write HTTP messages and JSON as the vendors do: plain records and pure functions.

Numbers travel as text (`Num`) from the decimal that made them to the byte that carries them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"
TINY = Decimal("0.001")
TINY_PLACES = 10


class Num(str):
    """A JSON number, kept as the text that goes on the wire."""

    __slots__ = ()


Json = Mapping[str, "Json"] | list["Json"] | str | int | bool | None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: the path below the vendor's prefix, and header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    def codes(self, name: str) -> list[str] | None:
        """Return a comma-separated parameter as a list; None where it is absent or empty."""
        listed = [code.strip() for code in self.query.get(name, "").split(",")]
        return listed if any(listed) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def having(self, **headers: str) -> "Answer":
        """Return the same answer with more headers, written with underscores for dashes."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return replace(self, headers={**self.headers, **named})


def number(amount: Decimal, places: int) -> Num:
    """Round a rate to decimal places and drop trailing zeros; a rate too small for them keeps ten."""
    places = TINY_PLACES if amount < TINY else places
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return Num(format(rounded.normalize(), "f"))


def render(node: Json, indent: int = 0, depth: int = 0) -> str:
    """Write JSON with every Num as it stands; an indent of zero writes no blanks at all."""
    if isinstance(node, Num):
        return node
    if isinstance(node, Mapping):
        return _render_object(node, indent, depth)
    if isinstance(node, list):
        return f"[{','.join(render(entry, indent, depth + 1) for entry in node)}]"
    return json.dumps(node, ensure_ascii=False)


def _render_object(node: Mapping[str, Json], indent: int, depth: int) -> str:
    newline = "\n" + " " * indent * (depth + 1) if indent else ""
    colon = ": " if indent else ":"
    members = [f"{json.dumps(key)}{colon}{render(member, indent, depth + 1)}" for key, member in node.items()]
    closing = newline[: len(newline) - indent]
    return f"{{{newline}{(',' + newline).join(members)}{closing}}}" if members else "{}"


def json_answer(status: int, node: Json, indent: int = 0, content_type: str = JSON_TYPE) -> Answer:
    """Build an answer from JSON."""
    return Answer(status, render(node, indent).encode(), content_type)


def page(status: int, title: str) -> Answer:
    """Build the HTML page of a server or gateway that speaks no API."""
    body = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return Answer(status, body.encode(), HTML_TYPE)


def fingerprint(body: bytes) -> str:
    """Return 32 hex digits that stand for a body, as its entity tag."""
    return blake2b(body, digest_size=16).hexdigest()


def http_date(moment: datetime | int) -> str:
    """Write a time, or unix seconds, as HTTP headers do."""
    moment = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int) else moment
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def revalidated(ask: Ask, answer: Answer) -> Answer:
    """Turn a 200 that the client already has into a 304; an entity tag, where sent, decides alone."""
    if answer.status != 200 or not _unchanged(ask, answer):
        return answer
    return replace(answer, status=304, body=b"")


def _unchanged(ask: Ask, answer: Answer) -> bool:
    tags = ask.headers.get("if-none-match")
    if tags is not None:
        return answer.headers.get("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = _parsed(ask.headers.get("if-modified-since"))
    modified = _parsed(answer.headers.get("Last-Modified"))
    return since is not None and modified is not None and modified <= since


def _parsed(header: str | None) -> datetime | None:
    # A client may send anything as a date; RFC 9110 says to ignore what is not one.
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
