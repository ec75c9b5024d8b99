"""Hold the reading of orders to naming everything that is wrong."""

from decimal import Decimal
from typing import Any

import pytest

from conversions.money import Rounding, Side
from conversions.orders import CALCULATED, STORED, Order, read_order
from conversions.tests.bad_amounts import BAD_AMOUNTS
from fxengine.parsers import Number, parse_json
from rates.errors import ApiError


def body(**changed: Any) -> dict[str, Any]:
    """Build a body that asks for 1000 EUR in USD; a change to `...` takes a field out."""
    fields = {"from": "EUR", "to": "USD", "amount": "1000.00"} | changed
    return {name: content for name, content in fields.items() if content is not ...}


def refusal(**changed: Any) -> ApiError:
    """Read a wrong body and give back why it was refused."""
    with pytest.raises(ApiError) as refused:
        read_order(body(**changed), STORED)
    return refused.value


def wrong_fields(**changed: Any) -> list[tuple[str, str]]:
    """Name the wrong fields of a body with the code of each."""
    error = refusal(**changed)
    assert (error.code, error.status) == ("invalid_request", 400)
    return [(field["field"], field["code"]) for field in error.errors]


def test_it_reads_the_least_that_can_be_asked() -> None:
    order = read_order(body(), STORED)
    assert order == Order(
        base="EUR",
        quote="USD",
        amount=Decimal("1000.00"),
        to_amount=None,
        limits={"max_age": None, "min_sources": None},
    )
    assert (order.side, order.rounding, order.reference) == (Side.MID, Rounding.HALF_EVEN, "")


def test_it_reads_everything_that_can_be_asked() -> None:
    asked = body(
        amount=..., to_amount="5", side="bid", rounding="cash", max_age="30", min_sources="2", reference="r-1"
    )
    order = read_order(asked | {"from": "jPy", "to": "chf"}, STORED)
    assert order == Order(
        base="JPY",
        quote="CHF",
        amount=None,
        to_amount=Decimal(5),
        side=Side.BID,
        rounding=Rounding.CASH,
        limits={"max_age": Decimal(30), "min_sources": Decimal(2)},
        reference="r-1",
    )


def test_a_number_of_the_body_is_read_from_its_text() -> None:
    parsed = parse_json(b'{"from": "EUR", "to": "USD", "amount": 0.10000001, "max_age": 30}')
    order = read_order(parsed, STORED)
    assert (str(order.amount), order.limits["max_age"]) == ("0.10000001", Decimal(30))


@pytest.mark.parametrize("text", BAD_AMOUNTS, ids=ascii)
@pytest.mark.parametrize("name", ["amount", "to_amount"])
def test_it_refuses_a_bad_amount_by_its_own_code(name: str, text: str) -> None:
    error = refusal(**{"amount": ..., name: text})
    assert (error.code, error.status, error.errors[0]["field"]) == ("invalid_amount", 400, name)


@pytest.mark.parametrize(
    "content", [True, False, [], ["1"], {}, {"amount": "1"}, None, Number("1E+1000000"), Number("-1")]
)
def test_it_refuses_an_amount_that_is_no_text_or_number(content: Any) -> None:
    error = refusal(amount=content)
    assert (error.code, error.errors[0]["field"]) == ("invalid_amount", "amount")


@pytest.mark.parametrize("content", ["text", [], None, True, Number("1"), ["from", "to"]])
def test_it_refuses_a_body_that_is_no_object(content: Any) -> None:
    with pytest.raises(ApiError) as refused:
        read_order(content, STORED)
    assert refused.value.code == "invalid_request"


def test_it_names_every_wrong_field_at_once() -> None:
    assert wrong_fields(**{"from": ..., "to": ["USD"], "ammount": "1", "when": "2026-01-02"}) == [
        ("ammount", "unknown_field"),
        ("when", "unknown_field"),
        ("from", "required"),
        ("to", "invalid"),
    ]


def test_it_wants_exactly_one_amount() -> None:
    assert wrong_fields(amount=...) == [("amount", "required")]
    assert wrong_fields(to_amount="1") == [("amount", "required")]
    assert wrong_fields(amount=None, to_amount=None) == [("amount", "required")]


def test_null_stands_for_absent() -> None:
    nulls = dict.fromkeys(["to_amount", "side", "rounding", "max_age", "min_sources", "reference"])
    assert read_order(body(**nulls), STORED) == read_order(body(), STORED)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("side", "MID"),
        ("side", ""),
        ("side", True),
        ("side", ["mid"]),
        ("rounding", "floor"),
        ("rounding", {}),
        ("max_age", "-1"),
        ("max_age", "1e3"),
        ("max_age", "NaN"),
        ("max_age", ""),
        ("max_age", True),
        ("max_age", "99999999999"),
        ("min_sources", "two"),
        ("min_sources", Number("1E+1000000")),
        ("reference", "x" * 256),
        ("reference", ["x"]),
    ],
)
def test_it_names_a_field_that_is_wrong(name: str, content: Any) -> None:
    assert [field for field, _ in wrong_fields(**{name: content})] == [name]


@pytest.mark.parametrize("code", ["EURO", "XXX", "", "E\u0421R", "12"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_an_unknown_currency_has_its_own_code(name: str, code: str) -> None:
    error = refusal(**{name: code})
    assert (error.code, error.status) == ("unknown_currency", 404)


def test_a_reference_is_kept_to_the_last_character() -> None:
    text = "\u00e9" * 255
    assert read_order(body(reference=text), STORED).reference == text


def test_a_calculation_has_no_reference() -> None:
    with pytest.raises(ApiError) as refused:
        read_order(body(reference="r"), CALCULATED)
    assert refused.value.errors[0]["field"] == "reference"
