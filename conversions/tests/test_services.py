"""Hold a conversion to the price it was made at, and a receipt to the conversion."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from conversions.models import Receipt
from conversions.money import Rounding, Side
from conversions.orders import Order
from conversions.serializers import conversion_object, receipt_object
from conversions.services import convert, store
from conversions.tests.builders import NOW
from conversions.tests.published import SAID, publish
from rates.errors import ApiError

pytestmark = pytest.mark.django_db


def order(amount: str | None = "1000.00", **changed: Any) -> Order:
    """Build an order to convert EUR into USD."""
    number = None if amount is None else Decimal(amount)
    facts: dict[str, Any] = {"base": "EUR", "quote": "USD", "amount": number, "to_amount": None, "limits": {}}
    return Order(**facts | changed)


def test_it_calculates_at_the_published_price_and_stores_nothing() -> None:
    price = publish()
    receipt = convert(order=order(), now=timezone.now())
    assert (receipt.amount, receipt.result, receipt.rate) == (
        Decimal(1000),
        Decimal("1084.36"),
        Decimal("1.084361"),
    )
    assert (receipt.price["rate_id"], receipt.price["seq"]) == (str(price.rate_id), price.seq)
    assert receipt.price["environment"] == "demo"
    assert receipt.inputs == [SAID]
    assert not Receipt.objects.exists()


def test_the_other_direction_divides_by_the_same_price() -> None:
    publish("USD/JPY", "150.01")
    receipt = convert(order=order("15001", base="JPY", quote="USD"), now=timezone.now())
    assert (receipt.result_unrounded, receipt.inverse_rate) == (Decimal(100), Decimal("150.01"))
    assert receipt.price["method"] == "inverse"
    assert str(receipt.rate) == receipt.price["mid"]


def test_who_sells_gets_the_bid() -> None:
    publish(bid="1.084320", ask="1.084402")
    now = timezone.now()
    sold = convert(order=order(side=Side.BID), now=now)
    bought = convert(order=order(side=Side.ASK), now=now)
    assert (sold.result, bought.result) == (Decimal("1084.32"), Decimal("1084.40"))


def test_a_wanted_result_finds_its_amount() -> None:
    publish()
    receipt = convert(order=order(None, to_amount=Decimal("500"), rounding=Rounding.UP), now=timezone.now())
    assert (receipt.amount, receipt.result) == (Decimal("461.11"), Decimal(500))


def test_identity_is_exactly_one() -> None:
    receipt = convert(order=order("12.34", base="USD"), now=timezone.now())
    assert (receipt.result, receipt.rate, receipt.inverse_rate) == (Decimal("12.34"), Decimal(1), Decimal(1))
    assert receipt.price["method"] == "identity"


def test_a_stored_receipt_reads_back_as_it_was_answered() -> None:
    publish("USD/VND", "25400.1234567")
    made = convert(order=order("999999999999.99", base="VND", reference="inv-881"), now=timezone.now())
    answered = receipt_object(store(receipt=made, owner="user:7", now=NOW))
    assert receipt_object(Receipt.objects.get()) == answered
    assert (answered["reference"], answered["created_at"]) == ("inv-881", "2026-11-20T14:08:10.120Z")


def test_a_receipt_says_that_its_price_is_simulated() -> None:
    publish()
    shown = conversion_object(convert(order=order(), now=timezone.now()))
    assert shown["environment"] == shown["price"]["environment"] == "demo"


def test_a_stale_price_is_stored_with_its_grade_and_an_expired_one_is_not() -> None:
    now = timezone.now()
    publish(as_of=now - timedelta(seconds=99))
    kept = store(receipt=convert(order=order(), now=now), owner="", now=now)
    assert (kept.price["grade"], kept.price["stale"]) == ("stale", True)
    publish(as_of=now - timedelta(seconds=100))
    expired = convert(order=order(), now=now)
    assert expired.price["grade"] == "expired"
    with pytest.raises(ApiError) as refused:
        store(receipt=expired, owner="", now=now)
    assert (refused.value.code, refused.value.status, refused.value.headers["Retry-After"]) == (
        "no_rate",
        503,
        "5",
    )
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("limits", [{"max_age": Decimal(5)}, {"min_sources": Decimal(4)}])
def test_a_guard_that_breaks_shows_the_price_that_broke_it(limits: dict[str, Decimal]) -> None:
    now = timezone.now()
    price = publish(as_of=now - timedelta(seconds=6))
    with pytest.raises(ApiError) as refused:
        convert(order=order(limits=limits), now=now)
    assert (refused.value.code, refused.value.status) == ("guard_failed", 409)
    assert refused.value.extra["found"]["rate_id"] == str(price.rate_id)


def test_guards_that_hold_let_a_conversion_through() -> None:
    now = timezone.now()
    publish(as_of=now - timedelta(seconds=5))
    limits = {"max_age": Decimal(5), "min_sources": Decimal(3)}
    assert convert(order=order(limits=limits), now=now).result == Decimal("1084.36")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (order("0.001", base="JPY", quote="USD"), "amount"),
        (order(None, base="JPY", quote="USD", to_amount=Decimal("0.00001")), "to_amount"),
    ],
)
def test_what_rounds_to_nothing_is_a_bad_amount(asked: Order, field: str) -> None:
    publish("USD/JPY", "150.01")
    with pytest.raises(ApiError) as refused:
        convert(order=asked, now=timezone.now())
    assert (refused.value.code, refused.value.errors[0]["field"]) == ("invalid_amount", field)
