"""Read query strings strictly: what is not known is named, not ignored."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from rest_framework.request import Request

from rates.errors import InvalidRequest, field_error

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,7})?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9:-]{10}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# No rate is older, and no question reaches further: there is room around both for every calculation.
_YEARS = range(1900, 2201)
_ONE_DAY = timedelta(days=1)
Chosen = TypeVar("Chosen", bound=StrEnum)


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


def whole_number(given: Mapping[str, str], name: str, smallest: int, largest: int) -> int | None:
    """Read a whole number in plain digits. None when absent. Raises: InvalidRequest."""
    if name not in given:
        return None
    number = int(given[name]) if _WHOLE.fullmatch(given[name]) else None
    if number is None or not smallest <= number <= largest:
        raise _wrong(name, f"A whole number from {smallest} to {largest} is needed.")
    return number


def entries(given: Mapping[str, str], name: str, most: int) -> list[str]:
    """Read a comma-separated list that is there. Raises: InvalidRequest."""
    found = [entry.strip() for entry in given[name].split(",")]
    if len(found) > most or not all(found):
        raise _wrong(name, f"1 to {most} entries, none empty.")
    return found


def choice(given: Mapping[str, str], name: str, default: Chosen) -> Chosen:
    """Read one of some words. Raises: InvalidRequest."""
    kind = type(default)
    try:
        return kind(given.get(name, default))
    except ValueError:
        raise _wrong(name, f"One of {', '.join(kind)} is needed.") from None


def day(given: Mapping[str, str], name: str) -> date | None:
    """Read a date. None when absent. Raises: InvalidRequest."""
    return read_day(given[name], name) if name in given else None


def read_day(text: str, name: str) -> date:
    """Read a date of the years 1900 to 2200. Raises: InvalidRequest naming the field."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise _wrong(name, "A date such as 2026-11-20 is needed, of the years 1900 to 2200.")
    return found


def moment(given: Mapping[str, str], name: str, *, ends: bool = False) -> datetime | None:
    """Read a time, or a date for its first instant; where a span `ends`, for the first of the day after it.

    None when absent. Raises: InvalidRequest.
    """
    if name not in given:
        return None
    if _DAY.fullmatch(given[name]):
        found = read_day(given[name], name) + (_ONE_DAY if ends else timedelta(0))
        return datetime.combine(found, time(), UTC)
    try:
        at = (
            datetime.fromisoformat(given[name].upper()).astimezone(UTC)
            if _TIME.fullmatch(given[name])
            else None
        )
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year not in _YEARS:
        raise _wrong(name, "A date, or a time with its offset such as 2026-11-20T14:08:10Z, is needed.")
    return at


def check_order(first: date | None, last: date | None) -> None:
    """See that a span does not run backwards. Raises: InvalidRequest."""
    if first is not None and last is not None and first > last:
        raise _wrong("to", "It lies before `from`.")


def _wrong(name: str, detail: str) -> InvalidRequest:
    return InvalidRequest([field_error(name, "invalid", detail)])
