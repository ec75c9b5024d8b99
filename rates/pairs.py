"""Read what callers write for a currency or a pair. Pure."""

import re

from rates.currencies import UnknownCurrency, currency
from rates.errors import ApiError

_PAIR = re.compile(r"([A-Za-z]{3})[/\-_]?([A-Za-z]{3})", re.ASCII)


def parse_code(text: str) -> str:
    """Read a currency code in any letter case. Raises: ApiError unknown_currency."""
    try:
        return currency(text).code
    except UnknownCurrency:
        raise ApiError("unknown_currency", 404, f"{_quoted(text)} is not a currency code.") from None


def parse_pair(text: str) -> tuple[str, str]:
    """Read `EUR/USD`, `EUR-USD` or `EURUSD`. Raises: ApiError unknown_pair or unknown_currency."""
    match = _PAIR.fullmatch(text)
    if match is None:
        raise ApiError("unknown_pair", 404, f"{_quoted(text)} is not a pair such as EUR/USD.")
    return parse_code(match[1]), parse_code(match[2])


def _quoted(text: str) -> str:
    """Repeat the caller's word, short and without control characters."""
    return repr(text[:20].encode("ascii", "backslashreplace").decode())
