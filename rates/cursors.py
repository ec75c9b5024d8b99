"""Mark the row that a page ended with: the next begins behind it, whatever has come since. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime, timedelta

from rates.errors import InvalidRequest, field_error

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FURTHEST = timedelta(days=365 * 500) // _MICROSECOND
_LAST_DAY = date(2500, 1, 1).toordinal()
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,64}")


def write_cursor(kind: str, *keys: int) -> str:
    """Write the key of a row of one kind of list; to its reader the text means nothing."""
    text = ".".join([kind, *map(str, keys)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, kind: str, length: int) -> tuple[int, ...]:
    """Read a key of `length` numbers. Raises: InvalidRequest when it is not one that this list gave."""
    try:
        padded = text + "=" * (-len(text) % 4)
        known, *numbers = base64.urlsafe_b64decode(padded).decode("ascii").split(".")
        if not _TEXT.fullmatch(text) or known != kind or len(numbers) != length:
            raise _foreign()
        keys = tuple(int(number) for number in numbers)
    except (binascii.Error, ValueError):
        raise _foreign() from None
    if text != write_cursor(kind, *keys):
        raise _foreign()
    return keys


def from_moment(moment: datetime) -> int:
    """Count the microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(count: int) -> datetime:
    """Find the moment so many microseconds after 1970, of the next centuries. Raises: InvalidRequest."""
    if abs(count) > _FURTHEST:
        raise _foreign()
    return _EPOCH + count * _MICROSECOND


def to_day(count: int) -> date:
    """Find the day of an ordinal number, up to the next centuries. Raises: InvalidRequest."""
    if not 0 < count < _LAST_DAY:
        raise _foreign()
    return date.fromordinal(count)


def _foreign() -> InvalidRequest:
    return InvalidRequest(
        [field_error("cursor", "invalid", "Take the cursor from `next` of this very list.")]
    )
