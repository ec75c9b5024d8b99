"""Read the arguments of commands, strictly."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


def day(text: str) -> date:
    """Read a date. Raises: ArgumentTypeError."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text!r} is no date such as 2024-02-29")


def moment(text: str) -> datetime:
    """Read a date, which is its first instant, or a time; without an offset it is in UTC.

    Raises: ArgumentTypeError.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text!r} is no time such as 2024-02-29T12:30:00Z") from None


def seconds(text: str) -> timedelta:
    """Read a number of seconds. Raises: ArgumentTypeError."""
    if not _NUMBER.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no number of seconds")
    return timedelta(seconds=float(text))


def whole(text: str) -> int:
    """Read a whole number. Raises: ArgumentTypeError."""
    if not _WHOLE.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)
