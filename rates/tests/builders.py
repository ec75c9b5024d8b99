"""Build ticks, sources and decisions with sensible defaults."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.adapters.base import Basis, Tick
from rates.case import Case, Rules, Terms
from rates.price import PIVOT, Decision, Price, Source, orient
from rates.pricing import decide
from rates.rebase import rebase

NOW = datetime(2026, 11, 20, 14, 8, 10, tzinfo=UTC)
INTRADAY = Rules(priority=50, max_age=timedelta(seconds=10))
DAILY = Rules(priority=50, max_age=timedelta(days=3), daily=True)


def tick(
    symbol: str = "EUR/USD",
    mid: str = "1.084361",
    *,
    provider: str = "fixer",
    bid: str | None = None,
    ask: str | None = None,
    age: float = 1,
    basis: Basis = Basis.VENDOR,
    received_age: float = 0.5,
) -> Tick:
    base, quote = symbol.split("/")
    as_of, received_at = NOW - timedelta(seconds=age), NOW - timedelta(seconds=received_age)
    sides = [None if side is None else Decimal(side) for side in (bid, ask)]
    return Tick(provider, base, quote, Decimal(mid), as_of, basis, received_at, *sides)


def source(*ticks: Tick, currency: str = "EUR") -> Source:
    return rebase(ticks)[currency]


RULES = {"fixer": INTRADAY, "oxr": INTRADAY, "free": INTRADAY, "ecb": DAILY}


def case(*heard: Source, currency: str = "EUR", rules: Mapping[str, Rules] = RULES, **given: Any) -> Case:
    """Ask about a currency against the pivot; words that terms know go into the terms."""
    terms = {name: given.pop(name) for name in list(given) if name in Terms.__slots__}
    pair = given.pop("pair", orient(currency, PIVOT))
    asked = {"now": NOW, "traded": NOW, "terms": Terms(**terms)} | given
    return Case(*pair, heard, rules, **asked)


def decided(**mids: str) -> dict[str, Decision]:
    """Decide currencies from one source that quotes them in market orientation against USD."""
    found = {}
    for code, mid in mids.items():
        symbol = f"{code}/USD" if code in ("EUR", "GBP", "AUD", "NZD") else f"USD/{code}"
        heard = [source(tick(symbol, mid), currency=code)]
        decision = decide(case(*heard, currency=code))
        assert decision is not None
        found[code] = decision
    return found


def price(
    symbol: str = "EUR/USD", mid: str = "1.084361", bid: str = "", ask: str = "", *, age: float = 1
) -> Price:
    """Build a decided price that is fresh for ten seconds; without sides both equal the mid."""
    base, quote = symbol.split("/")
    as_of = NOW - timedelta(seconds=age)
    return Price(
        base=base,
        quote=quote,
        bid=Decimal(bid or mid),
        ask=Decimal(ask or mid),
        mid=Decimal(mid),
        as_of=as_of,
        as_of_basis=Basis.VENDOR,
        received_at=as_of,
        method="median",
        path=(base, quote),
        sources=3,
        dispersion_bps=Decimal("0.8"),
        confidence="high",
        max_age=timedelta(seconds=10),
    )
