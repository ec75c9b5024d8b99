"""Build what the tests ask with."""

import json
from datetime import UTC, datetime
from typing import Any

from demo.vendors import Moment
from demo.wire import Answer, Ask

AFTERNOON = datetime(2026, 11, 18, 12, 0, 0, tzinfo=UTC)


def moment(at: datetime = AFTERNOON, requests: int = 0) -> Moment:
    """Build a moment of a moving market."""
    return Moment(int(at.timestamp()), int(at.timestamp()), requests)


def ask(path: str, headers: dict[str, str] | None = None, /, **query: str) -> Ask:
    """Build a GET."""
    return Ask("GET", path, query, headers or {})


def parsed(answer: Answer) -> Any:
    """Read an answer's JSON with every number kept as the text it was written in."""
    return json_of(answer.body)


def json_of(body: bytes) -> Any:
    """Read JSON with every number kept as the text it was written in."""
    return json.loads(body, parse_float=str, parse_int=str)
