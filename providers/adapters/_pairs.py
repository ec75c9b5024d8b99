"""Name the pairs of vendors that trade in pairs."""

from __future__ import annotations

from providers.adapters.base import Ask

# What the market quotes in dollars; every other currency is quoted per dollar.
_ABOVE_DOLLAR = {"EUR", "GBP", "AUD", "NZD", "XAU", "XAG", "XPT", "XPD"}


def dollar_pairs(ask: Ask) -> list[tuple[str, str]]:
    """Pair every wanted currency with the dollar, as the market does: EUR/USD, but USD/JPY."""
    others = sorted(ask.currencies - {"USD"})
    return [(code, "USD") if code in _ABOVE_DOLLAR else ("USD", code) for code in others]


def pair_of(symbol: object) -> tuple[str, str]:
    """Take `EUR/USD`, `EUR_USD`, `EUR-USD`, `EURUSD` or `C:EURUSD` apart; no codes from any other name."""
    letters = "".join(char for char in str(symbol).rpartition(":")[2] if char not in "/_-")
    return (letters[:3], letters[3:]) if len(letters) == 6 else ("", "")
