"""Read query strings strictly: what is not known is named, not ignored."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from rest_framework.request import Request

from rates.errors import InvalidRequest, field_error


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
    text = given[name]
    try:
        number = Decimal(text) if text.isascii() and len(text) <= 20 and "e" not in text.lower() else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number <= largest or "_" in text:
        raise InvalidRequest([field_error(name, "invalid", f"A number from 0 to {largest} is needed.")])
    return number


def flag(given: Mapping[str, str], name: str) -> bool:
    """Read a switch. Raises: InvalidRequest unless absent, 0, 1, true or false."""
    text = given.get(name, "0").lower()
    if text not in ("0", "1", "true", "false"):
        raise InvalidRequest([field_error(name, "invalid", "0 or 1 is needed.")])
    return text in ("1", "true")
