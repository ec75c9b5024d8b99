"""Serve current prices, tracked pairs and currencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from providers.models import Provider
from rates import schema
from rates.currencies import CURRENCIES, Currency, currency
from rates.current import tracked_prices
from rates.errors import ApiError, InvalidRequest, field_error
from rates.etag import tagged
from rates.explain import explained
from rates.guards import GUARDS, check_guards
from rates.models import Pair
from rates.ondemand import current_price
from rates.pairs import parse_code, parse_pair
from rates.price import Price
from rates.query import bounded_number, entries, flag, parameters
from rates.serializers import decimal_text, price_object
from rates.services import default_max_age

_MOST_PAIRS = 500


class RateList(APIView):
    """Current prices of tracked pairs, from memory, in symbol order."""

    @extend_schema(**schema.RATES)
    def get(self, request: Request) -> Response:
        """List current prices."""
        asked = parameters(request, {"pairs", "base", "quotes"})
        stream, seq, prices = tracked_prices()
        now = timezone.now()
        chosen = _choose(prices, asked) if asked else prices
        shown = [price_object(price, now, settings.FX_ENVIRONMENT) for price in chosen]
        body = {"environment": settings.FX_ENVIRONMENT, "stream": stream, "seq": seq, "rates": shown}
        return tagged(request, body)


class RateDetail(APIView):
    """The current price of any pair."""

    @extend_schema(**schema.RATE)
    def get(self, request: Request, base: str, quote: str) -> Response:
        """Show one price, held to the reader's guards."""
        asked = parameters(request, {*GUARDS, "explain"})
        limits = {name: bounded_number(asked, name, most) for name, most in GUARDS.items()}
        explain = flag(asked, "explain")
        now = timezone.now()
        current = current_price(parse_code(base), parse_code(quote), now, inputs=explain)
        shown = price_object(current.price, timezone.now(), settings.FX_ENVIRONMENT)
        check_guards(current.price, limits, now, shown)
        body = shown | ({"inputs": explained(current.inputs, now)} if explain else {})
        return tagged(request, body, {"X-Fx-Cached": "hit" if current.known else "miss"})


class PairList(APIView):
    """Tracked pairs and how to show them."""

    @extend_schema(**schema.PAIRS)
    def get(self, request: Request) -> Response:
        """List tracked pairs in symbol order."""
        parameters(request, set())
        providers = list(Provider.objects.enabled())
        default = default_max_age(providers).total_seconds()
        interval = min((p.cadence.total_seconds() for p in providers if not p.idle), default=None)
        pairs = Pair.objects.tracked().select_related("base", "quote")
        return tagged(request, {"results": [_pair_object(pair, default, interval) for pair in pairs]})


class CurrencyList(APIView):
    """Every currency of the ISO 4217 table."""

    @extend_schema(**schema.CURRENCIES)
    def get(self, request: Request) -> Response:
        """List currencies by code."""
        parameters(request, set())
        sources = _sources()
        return tagged(request, {"results": [_currency_object(c, sources) for c in CURRENCIES.values()]})


class CurrencyDetail(APIView):
    """One currency."""

    @extend_schema(**schema.CURRENCY)
    def get(self, request: Request, code: str) -> Response:
        """Show one currency."""
        parameters(request, set())
        return tagged(request, _currency_object(currency(parse_code(code)), _sources()))


def _choose(prices: Iterable[Price], asked: dict[str, str]) -> list[Price]:
    """Keep the prices that the query names, in the direction it names them."""
    known = {(price.base, price.quote): price for price in prices}
    found = []
    for base, quote in sorted(set(_named(asked, known))):
        price = known.get((base, quote))
        if price is None and (other := known.get((quote, base))):
            price = other.inverse()
        if price is None:
            raise ApiError("unknown_pair", 404, f"{base}/{quote} is not tracked; ask /rates/{base}/{quote}.")
        found.append(price)
    return found


def _named(asked: dict[str, str], known: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """List the pairs of `pairs=`, or of `base=` with `quotes=` or with all that are tracked."""
    if "pairs" in asked:
        if len(asked) > 1:
            raise InvalidRequest([field_error("pairs", "conflict", "Give pairs, or base and quotes.")])
        return [parse_pair(text) for text in entries(asked, "pairs", _MOST_PAIRS)]
    if "base" not in asked:
        raise InvalidRequest([field_error("base", "required", "quotes needs a base.")])
    base = parse_code(asked["base"])
    if "quotes" in asked:
        return [(base, parse_code(text)) for text in entries(asked, "quotes", _MOST_PAIRS)]
    return [(base, other) for pair in known if base in pair for other in pair if other != base]


def _pair_object(pair: Pair, default: float, interval: float | None) -> dict[str, Any]:
    return {
        "symbol": pair.symbol,
        "base": pair.base_id,
        "quote": pair.quote_id,
        "base_name": pair.base.name,
        "quote_name": pair.quote.name,
        "price_decimals": pair.price_decimals,
        "pip_position": pair.pip_position,
        "method": pair.method,
        "max_age": pair.max_age_seconds or int(default),
        "expected_interval": None if interval is None else int(interval),
    }


def _sources() -> dict[str, list[str]]:
    """Say which sources have spoken of each currency."""
    return Provider.objects.covering()


def _currency_object(c: Currency, sources: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "code": c.code,
        "numeric": c.numeric,
        "name": c.name,
        "symbol": c.symbol,
        "minor_units": c.minor_units,
        "cash_step": decimal_text(c.cash_step) if c.cash_step is not None else None,
        "active": c.active,
        "started": c.started,
        "ended": c.ended,
        "countries": list(c.countries),
        "sources": sources.get(c.code, []),
    }
