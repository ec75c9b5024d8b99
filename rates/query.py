"""Read query strings strictly: what is not known is named, not ignored."""

import re
from collections.abc import Mapping
from decimal import Decimal

from rest_framework.request import Request

from rates.errors import InvalidRequest, field_error

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,7})?")


def parameters(request: Request, known: set[str]) -> dict[str, str]:
    """Read the query. Raises: InvalidRequest naming what is unknown, given twice or not text."""
    if getattr(request.accepted_renderer, "format", "") == "api":
        known = known | {"format"}
    errors = []
    for name, texts in request.query_params.lists():
        if name not in known:
            errors.append(field_error(name[:40], "unknown_parameter", "This parameter does not exist."))
        elif len(texts) > 1:
            errors.append(field_error(name, "repeated", "Give it once."))
        elif "\0" in str(texts[0]):
            errors.append(field_error(name, "invalid", "NUL is not text."))
    if errors:
        raise InvalidRequest(errors)
    return {name: str(texts[0]) for name, texts in request.query_params.lists()}


def bounded_number(given: Mapping[str, str], name: str, largest: int) -> Decimal | None:
    """Read a number from 0 to `largest` in plain digits. None when absent. Raises: InvalidRequest."""
    if name not in given:
        return None
    number = Decimal(given[name]) if _NUMBER.fullmatch(given[name]) else None
    if number is None or number > largest:
        raise InvalidRequest([field_error(name, "invalid", f"A number from 0 to {largest} is needed.")])
    return number


def flag(given: Mapping[str, str], name: str) -> bool:
    """Read a switch. Raises: InvalidRequest unless absent, 0, 1, true or false."""
    text = given.get(name, "0").lower()
    if text not in ("0", "1", "true", "false"):
        raise InvalidRequest([field_error(name, "invalid", "0 or 1 is needed.")])
    return text in ("1", "true")
