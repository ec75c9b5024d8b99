"""Hold the tables to what they must refuse, whoever writes to them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from conversions.models import KEY_LIFE, IdempotencyKey, Receipt
from conversions.tests.builders import NOW

pytestmark = pytest.mark.django_db
NUMBERS = ["amount", "result", "result_unrounded", "rate", "inverse_rate"]


def receipt(**changed: Any) -> Receipt:
    """Build an unsaved receipt of 1000 EUR."""
    facts: dict[str, Any] = {
        "from_code": "EUR",
        "to_code": "USD",
        "amount": Decimal("1000.00"),
        "result": Decimal("1084.36"),
        "result_unrounded": Decimal("1084.361"),
        "rate": Decimal("1.084361"),
        "inverse_rate": Decimal("0.92220210797"),
        "side": "mid",
        "rounding": "half_even",
        "price": {"mid": "1.084361"},
        "inputs": [],
        "created_at": NOW,
    }
    return Receipt(**facts | changed)


def key(**changed: Any) -> IdempotencyKey:
    """Build an unsaved key."""
    facts = {
        "owner": "user:1",
        "key": "k",
        "fingerprint": "f",
        "status": 201,
        "body": "{}",
        "created_at": NOW,
    }
    return IdempotencyKey(**facts | changed)


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("number", ["0", "-1"])
def test_a_number_that_is_not_positive_is_refused_by_name(column: str, number: str) -> None:
    with pytest.raises(IntegrityError, match=f"receipt_{column}_positive"), transaction.atomic():
        receipt(**{column: Decimal(number)}).save()


@pytest.mark.parametrize("column", NUMBERS)
def test_nan_is_refused_by_the_table_itself(column: str) -> None:
    kept = receipt()
    kept.save()
    with pytest.raises(IntegrityError, match=f"receipt_{column}_positive"), transaction.atomic():
        _set(kept, column, "NaN")


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"from_code": "eur"}, "receipt_from_shape"),
        ({"to_code": "U1D"}, "receipt_to_shape"),
        ({"side": "last"}, "receipt_side_known"),
        ({"rounding": "floor"}, "receipt_rounding_known"),
    ],
)
def test_what_is_not_in_the_contract_is_refused(changed: dict[str, str], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        receipt(**changed).save()


@pytest.mark.parametrize("column", ["amount", "result"])
def test_an_amount_that_would_be_rounded_is_refused(column: str) -> None:
    with pytest.raises(ValidationError):
        receipt(**{column: Decimal("1.000000001")}).save()


def test_every_digit_comes_back() -> None:
    unrounded = Decimal("12345678901234567890.123456789012345678901234567891")
    kept = receipt(amount=Decimal("999999999999999.99999999"), result_unrounded=unrounded)
    kept.save()
    read = Receipt.objects.get(pk=kept.pk)
    assert (read.amount, read.result_unrounded) == (Decimal("999999999999999.99999999"), unrounded)


def test_receipts_are_read_by_their_owner_or_by_everybody_when_anonymous() -> None:
    receipt(owner="user:1").save()
    receipt(owner="user:2").save()
    receipt().save()
    assert {r.owner for r in Receipt.objects.readable_by("user:1")} == {"user:1", ""}
    assert {r.owner for r in Receipt.objects.readable_by("")} == {""}


def test_ids_grow_with_time() -> None:
    ids = [receipt().id for _ in range(100)]
    assert ids == sorted(ids)
    assert {found.version for found in ids} == {7}


def test_a_key_stands_once_per_owner() -> None:
    key().save()
    key(owner="user:2").save()
    with pytest.raises(IntegrityError, match="idempotencykey_once"), transaction.atomic():
        key().save()


def test_a_key_belongs_to_somebody() -> None:
    with pytest.raises(IntegrityError, match="idempotencykey_owned"), transaction.atomic():
        key(owner="").save()


def test_a_key_lives_for_24_hours() -> None:
    key().save()
    just_before, then = NOW + KEY_LIFE - timedelta(seconds=1), NOW + KEY_LIFE
    assert IdempotencyKey.objects.alive(just_before).exists()
    assert not IdempotencyKey.objects.alive(then).exists()
    assert not IdempotencyKey.objects.expired(just_before).exists()
    assert IdempotencyKey.objects.expired(then).exists()


def _set(kept: Receipt, column: str, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE conversions_receipt SET {column} = %s WHERE id = %s", [text, kept.pk])
