"""Know FRED's names of exchange-rate series and its words for a wrong key."""

from __future__ import annotations

from providers.adapters.base import Body, Category, ProviderError

# The letters of an area within `DEX` + quote + base: DEXUSEU is dollars per euro, DEXJPUS yen per dollar.
_AREAS = {
    "AUD": "AL",
    "BRL": "BZ",
    "CAD": "CA",
    "CHF": "SZ",
    "CNY": "CH",
    "DKK": "DN",
    "EUR": "EU",
    "GBP": "UK",
    "HKD": "HK",
    "INR": "IN",
    "JPY": "JP",
    "KRW": "KO",
    "LKR": "SL",
    "MXN": "MX",
    "MYR": "MA",
    "NOK": "NO",
    "NZD": "NZ",
    "SEK": "SD",
    "SGD": "SI",
    "THB": "TH",
    "TWD": "TA",
    "USD": "US",
    "ZAR": "SF",
}
_CURRENCIES = {area: currency for currency, area in _AREAS.items()}
_PER_UNIT = {"AUD", "EUR", "GBP", "NZD"}


def series_of(currency: str) -> str:
    """Name the series of a currency and the dollar; empty where there is none."""
    area = _AREAS.get(currency, "US")
    if area == "US":
        return ""
    return f"DEXUS{area}" if currency in _PER_UNIT else f"DEX{area}US"


def pair_of(series: str) -> tuple[str, str]:
    """Read base and quote off a series' name; no codes for any other series."""
    quote, base = (_CURRENCIES.get(series[at : at + 2], "") for at in (3, 5))
    return (base, quote) if series.startswith("DEX") and len(series) == 7 else ("", "")


def refusal(body: Body, said: object) -> ProviderError:
    """Tell a missing or wrong key from a wrong series: both come as 400, only the text differs."""
    text = str(said or "")
    about_key = body.status == 400 and "api_key" in text.partition("Read http")[0]
    return body.failure(text, Category.AUTH if about_key else None)
