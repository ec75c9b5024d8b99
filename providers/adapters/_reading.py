"""Read the numbers, days and moments of vendors; whatever cannot be read is a bad body."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from providers.adapters._errors import Category, ProviderError

# What vendors print where they have no rate; zero is another way to say it.
_NO_RATE = {"", "-", ".", "N/A", "n/a"}
_LAST_SECOND = Decimal(253_402_300_799)
_LARGEST_EXPONENT = 400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decimal(text: object) -> Decimal:
    """Read a number from a vendor's text. Raises: ProviderError bad_body unless finite and of sane size."""
    try:
        number = Decimal(str(text))
    except InvalidOperation as error:
        raise ProviderError(Category.BAD_BODY, "not a number where one belongs") from error
    if not number.is_finite():
        raise ProviderError(Category.BAD_BODY, "a number is not finite")
    # Half of what a decimal holds: no sum or quotient of two such can fail.
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ProviderError(Category.BAD_BODY, "a number is out of range")
    return number


def comma(text: object) -> str:
    """Turn the decimal comma of `1 234,56` or `1.234,56` into a point; a point alone stays one.

    The last mark is the decimal one: in `1,234.56` the comma sets thousands off.
    """
    bare = "".join(str(text or "").split())
    if bare.rfind(",") < bare.rfind("."):
        return bare.replace(",", "")
    return bare.replace(".", "").replace(",", ".")


def rate(stated: object, per: object = 1) -> Decimal | None:
    """Read the rate of one unit where it is stated for `per` of them. None for "no rate".

    Raises: ProviderError bad_body.
    """
    if stated is None or (isinstance(stated, str) and stated.strip() in _NO_RATE):
        return None
    number = decimal(stated)
    if per == 1 or not number:
        return number
    units = decimal(per)
    if units <= 0:
        raise ProviderError(Category.BAD_BODY, "a rate for no units")
    return number / units


def day(text: object, form: str = "") -> date:
    """Read YYYY-MM-DD, or a day in a `strptime` form. Raises: ProviderError bad_body."""
    try:
        if form:
            return datetime.strptime(str(text).strip(), form).replace(tzinfo=UTC).date()
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ProviderError(Category.BAD_BODY, "a date cannot be read") from error


def instant(count: object, per_second: int = 1) -> datetime:
    """Read a Unix time, in seconds or the given fractions of one. Raises: ProviderError bad_body."""
    number = decimal(count)
    # Checked first: int() of a decimal with a huge exponent holds the interpreter for half a minute.
    if not 0 <= number <= _LAST_SECOND * per_second:
        raise ProviderError(Category.BAD_BODY, "a time is out of range")
    return _EPOCH + timedelta(microseconds=int(number * 1_000_000 / per_second))


def unix(count: object) -> datetime:
    """Read a Unix time in seconds, milliseconds, microseconds or nanoseconds, as its digits tell.

    Raises: ProviderError bad_body.
    """
    return instant(count, 10 ** max(0, min(9, (decimal(count).adjusted() - 8) // 3 * 3)))


def moment(text: object, zone: object = None) -> datetime:
    """Read an ISO 8601 or RFC 3339 time into UTC; nanoseconds are cut to microseconds.

    A time without an offset is one of `zone`, an IANA name. Raises: ProviderError bad_body, also for a
    time that could be in any zone.
    """
    try:
        found = datetime.fromisoformat(str(text).strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(str(zone or "")))
        return found.astimezone(UTC)
    except (ValueError, LookupError, OverflowError, OSError) as error:
        raise ProviderError(Category.BAD_BODY, "a time cannot be read") from error


def objects(stated: object) -> list[dict[str, Any]]:
    """See a list of JSON objects inside an answer. Raises: ProviderError bad_body."""
    if not isinstance(stated, list) or not all(isinstance(item, dict) for item in stated):
        raise ProviderError(Category.BAD_BODY, "no list of objects where one belongs")
    return stated


def first(stated: dict[str, Any], *names: str) -> Any:
    """Look a part up that has several names among the answers of one vendor. None without any."""
    return next((stated[name] for name in names if name in stated), None)


def mapping(stated: object) -> dict[str, Any]:
    """See a JSON object inside an answer. Raises: ProviderError bad_body."""
    if not isinstance(stated, dict):
        raise ProviderError(Category.BAD_BODY, "no object where one belongs")
    return stated
