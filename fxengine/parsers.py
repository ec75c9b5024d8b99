"""Read JSON bodies strictly: what is ambiguous or dangerous is refused before anyone acts on it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Never

from rest_framework.parsers import BaseParser

from rates.errors import ApiError, field_error

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
# Outside of strings a backslash is no JSON, so an escape can be skipped wherever it stands.
_STRUCTURE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
# PostgreSQL stores no NUL and UTF-8 no lone surrogate.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Number(str):
    """Keep a JSON number as it was written: no float, and no arithmetic on `1E+1000000`."""

    __slots__ = ()


class StrictJSONParser(BaseParser):
    """Parse at most 64 KB of UTF-8 JSON, 32 levels deep, without duplicate keys, NUL or lone surrogates.

    Numbers arrive as `Number`, a text that DRF's fields read without a float in between.
    """

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read a request's body. Raises: ApiError 413 `payload_too_large` and 400 `invalid_request`."""
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ApiError("payload_too_large", 413, "A body has at most 64 KB.")
        return parse_json(body)


def parse_json(body: bytes) -> Any:
    """Read one JSON text. Raises: ApiError 400 `invalid_request`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    if _depth(text) > MAX_DEPTH:
        raise _malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
    try:
        parsed = json.loads(
            text,
            parse_float=Number,
            parse_int=Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise _malformed(f"The body is not JSON: {error.msg} at character {error.pos}.") from None
    if any(map(_UNSTORABLE.search, _strings(parsed))):
        raise _malformed("The body holds a NUL character or half of a surrogate pair.")
    return parsed


def _depth(text: str) -> int:
    """Find the deepest level in one pass: the JSON decoder itself would recurse first."""
    depth = deepest = 0
    quoted = False
    for mark in _STRUCTURE.findall(text):
        if mark == '"':
            quoted = not quoted
        elif not quoted and mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not quoted and mark in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, content in pairs:
        if name in found:
            shown = ascii(name[:64])[1:-1]
            raise _malformed(
                "A field stands twice.", field_error(shown, "duplicate", "This field stands twice.")
            )
        found[name] = content
    return found


def _strings(node: Any) -> Iterator[str]:
    """Walk every text of a parsed body, field names included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _strings(part)


def _refuse_constant(name: str) -> Never:
    raise _malformed(f"{name} is not JSON.")


def _malformed(detail: str, *errors: Mapping[str, str]) -> ApiError:
    return ApiError("invalid_request", 400, detail, errors=errors)
