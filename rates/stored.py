"""Find a stored price again, and see whether today's arithmetic makes the same of its inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rates.current import check_environment, decisions_behind
from rates.deriving import derive
from rates.dossier import case_of
from rates.errors import ApiError
from rates.models import Rate, RateDecision
from rates.price import Decision, Price
from rates.pricing import decide


@dataclass(frozen=True, slots=True)
class Stored:
    """A price as it was published, its inputs, and whether they make it again."""

    price: Price
    inputs: list[dict[str, Any]]
    recomputed: bool


def stored_price(text: str) -> Stored:
    """Look a published price up by its id. Raises: ApiError not_found, WrongEnvironment."""
    check_environment()
    rate = Rate.objects.filter(pk=_uuid(text)).select_related("pair").first()
    if rate is None:
        raise _unknown(text)
    price = rate.as_price()
    rows = decisions_behind(price)
    inputs = [said for row in rows for said in row.inputs]
    return Stored(price, inputs, recomputed=is_made_again(price, rows))


def is_made_again(price: Price, rows: Iterable[RateDecision]) -> bool:
    """Decide and derive anew from stored inputs alone, and compare every number."""
    decisions: dict[str, Decision] = {}
    # What hangs on another by a peg is decided after it.
    for row in sorted(rows, key=lambda row: row.terms.get("via") or ""):
        try:
            case = case_of(row.inputs, row.terms, decisions.get(row.terms.get("via") or ""))
        except (KeyError, TypeError, ValueError):
            return False
        if decision := decide(case):
            decisions[row.currency] = decision
    again = derive(price.base, price.quote, decisions, max_age=price.max_age, now=price.as_of)
    return again is not None and _numbers(again) == _numbers(price)


def _numbers(price: Price) -> tuple[object, ...]:
    return (
        price.mid,
        price.bid,
        price.ask,
        price.method,
        price.path,
        price.sources,
        price.dispersion_bps,
        price.confidence,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _unknown(text) from None


def _unknown(text: str) -> ApiError:
    return ApiError("not_found", 404, f"There is no price {text[:36]!r}.")
