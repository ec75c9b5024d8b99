"""Read what a caller wants converted, strictly: what is not known is named, not ignored. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from conversions.money import InvalidAmount, Rounding, Side, parse_amount
from rates.errors import ApiError, InvalidRequest, field_error
from rates.pairs import parse_code
from rates.query import bounded_number, choice, day

LIMITS = {"max_age": 31_536_000, "min_sources": 1000}
CALCULATED = frozenset({"from", "to", "amount", "to_amount", "side", "rounding", "date", *LIMITS})
STORED = CALCULATED | {"reference"}
LONGEST_REFERENCE = 255
_AMOUNTS = ("amount", "to_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One conversion as it was asked for; exactly one of `amount` and `to_amount` is not None.

    `limits` holds the guards: `max_age` in seconds and `min_sources`, each None where not asked for.
    `on` is the day whose reference rate is wanted; None is now, at the current price.
    """

    base: str
    quote: str
    amount: Decimal | None
    to_amount: Decimal | None
    side: Side = Side.MID
    rounding: Rounding = Rounding.HALF_EVEN
    limits: Mapping[str, Decimal | None]
    on: date | None = None
    reference: str = ""


def read_order(body: Any, known: frozenset[str]) -> Order:
    """Read a body or a query; null stands for a field that is absent.

    Raises: ApiError invalid_request naming every wrong field, unknown_currency, invalid_amount.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest([field_error("", "invalid", "The body is a JSON object.")])
    amounts = [name for name in _AMOUNTS if body.get(name) is not None] or [n for n in _AMOUNTS if n in body]
    given = {name: content for name, content in body.items() if content is not None}
    if errors := [*_unknown(body, known), *_missing(given, amounts), *_not_text(given)]:
        raise InvalidRequest(errors)
    base, quote = parse_code(given["from"]), parse_code(given["to"])
    number = _amount(amounts[0], body[amounts[0]])
    return Order(
        base=base,
        quote=quote,
        amount=number if amounts == ["amount"] else None,
        to_amount=number if amounts == ["to_amount"] else None,
        side=choice(given, "side", Side.MID),
        rounding=choice(given, "rounding", Rounding.HALF_EVEN),
        on=_date(given),
        limits={name: bounded_number(given, name, most) for name, most in LIMITS.items()},
        reference=_reference(given),
    )


def _unknown(body: Mapping[Any, Any], known: frozenset[str]) -> list[dict[str, str]]:
    extra = [str(name)[:40] for name in body if name not in known]
    return [field_error(name, "unknown_field", "This field does not exist.") for name in extra]


def _missing(given: Mapping[str, Any], amounts: list[str]) -> list[dict[str, str]]:
    errors = [
        field_error(name, "required", "This field is needed.") for name in ("from", "to") if name not in given
    ]
    if len(amounts) != 1:
        errors.append(field_error("amount", "required", "Give amount or to_amount, one of them."))
    return errors


def _not_text(given: Mapping[str, Any]) -> list[dict[str, str]]:
    """Find fields of the wrong type; a number arrives as the text it was written as."""
    wrong = [name for name, content in given.items() if name not in _AMOUNTS and not isinstance(content, str)]
    return [field_error(name, "invalid", "Text is needed.") for name in wrong]


def _amount(name: str, content: Any) -> Decimal:
    try:
        return parse_amount(content if isinstance(content, str) else "")
    except InvalidAmount as error:
        raise invalid_amount(name, error) from None


def invalid_amount(name: str, error: InvalidAmount) -> ApiError:
    """Say to the caller what is wrong with an amount."""
    return ApiError(
        "invalid_amount", 400, error.reason, errors=[field_error(name, "invalid_amount", error.reason)]
    )


def _date(given: Mapping[str, str]) -> date | None:
    """Read the day; a reference rate is one source's of one day, so guards have nothing to hold it to."""
    asked = day(given, "date")
    if asked and (guards := [name for name in LIMITS if name in given]):
        raise InvalidRequest(
            [
                field_error(name, "conflict", "It guards current prices; leave it out with `date`.")
                for name in guards
            ]
        )
    return asked


def _reference(given: Mapping[str, str]) -> str:
    reference = given.get("reference", "")
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidRequest(
            [field_error("reference", "too_long", f"At most {LONGEST_REFERENCE} characters.")]
        )
    return reference
