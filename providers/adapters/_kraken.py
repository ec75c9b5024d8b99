"""Know Kraken's names of pairs and its words for errors."""

from __future__ import annotations

from datetime import datetime

from providers.adapters._keyless import said_first
from providers.adapters.base import Body, Category, ProviderError, moment, objects

# Every pair of two currencies it trades, by the names it accepts in a request.
PAIRS = (
    "AUDJPY",
    "AUDUSD",
    "EURAUD",
    "EURCAD",
    "EURCHF",
    "EURGBP",
    "EURJPY",
    "EURUSD",
    "GBPUSD",
    "USDCAD",
    "USDCHF",
    "USDJPY",
)
_TOO_OFTEN = ("rate limit", "too many", "throttled", "lockout", "exceeded")
_WRONG = ("equery", "einvalid", "egeneral:invalid", "egeneral:unknown")


def pair_of(name: str) -> tuple[str, str]:
    """Take a pair's name apart: `EUR/USD`, `EURGBP`, `ZEURZUSD`; no codes where it cannot be.

    Answers name older pairs after their assets; the letters X and Z set those off.
    """
    if "/" in name:
        base, _, quote = name.partition("/")
        return base, quote
    if len(name) == 8 and name[0] in "XZ" and name[4] in "XZ":
        return name[1:4], name[5:]
    return (name[:3], name[3:]) if len(name) == 6 else ("", "")


def sides_of(row: dict[str, object]) -> dict[str, object]:
    """Read the best bid and ask, each the first of price, whole lot volume and lot volume."""
    prices = {side: row.get(letter) for side, letter in (("bid", "b"), ("ask", "a"))}
    return {side: found[0] if isinstance(found, list) and found else None for side, found in prices.items()}


def ticker_rows(text: str) -> list[dict[str, object]]:
    """Read the rows of a frame of the socket's ticker; any other has none. Raises: ProviderError."""
    body = Body(200, text.encode())
    frame = body.json()
    if frame.get("success") is False:
        raise failure(body, frame.get("error"))
    return objects(frame.get("data")) if frame.get("channel") == "ticker" else []


def stamp_of(row: dict[str, object]) -> datetime | None:
    """Read when a socket's row was made. None in older frames."""
    return moment(row["timestamp"]) if row.get("timestamp") else None


def failure(body: Body, errors: object) -> ProviderError:
    """Map the first error, `E<class>:<words>`, of an answer or a frame without a result."""
    said = said_first(errors)
    if any(words in said.lower() for words in _TOO_OFTEN):
        return body.failure(said, Category.QUOTA)
    if said.lower().startswith(_WRONG) or "not supported" in said.lower():
        return body.failure(said, Category.UNSUPPORTED)
    return body.failure(said, Category.UNAVAILABLE if said else None)
