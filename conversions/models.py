"""Keep receipts, and the answers given under an idempotency key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from conversions.money import Rounding, Side
from providers.fields import AmountField, RateField, positive
from providers.querysets import Droppable

KEY_LIFE = timedelta(hours=24)
_CODE = r"^[A-Z]{3}$"
_SIDES = [side.value for side in Side]
_ROUNDINGS = [mode.value for mode in Rounding]


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Verbs for reading receipts."""

    def readable_by(self, owner: str) -> Self:
        """Keep the owner's own, and anonymous ones: their id cannot be guessed."""
        return self.filter(owner__in={owner, ""})


class Receipt(models.Model):
    """One conversion as it was answered, with the price and its sources by value. Never changed.

    `owner` is who made it (`user:7`), empty for an anonymous caller.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_code = models.CharField("from", max_length=3)
    to_code = models.CharField("to", max_length=3)
    amount = AmountField()
    result = AmountField()
    result_unrounded = RateField()
    rate = RateField()
    inverse_rate = RateField()
    side = models.CharField(max_length=4, choices=[(side, side) for side in _SIDES])
    rounding = models.CharField(max_length=9, choices=[(mode, mode) for mode in _ROUNDINGS])
    price = models.JSONField()
    inputs = models.JSONField()
    reference = models.CharField(max_length=255, blank=True)
    owner = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(from_code__regex=_CODE), name="receipt_from_shape"),
            models.CheckConstraint(condition=Q(to_code__regex=_CODE), name="receipt_to_shape"),
            models.CheckConstraint(condition=positive("amount"), name="receipt_amount_positive"),
            models.CheckConstraint(condition=positive("result"), name="receipt_result_positive"),
            models.CheckConstraint(
                condition=positive("result_unrounded"), name="receipt_result_unrounded_positive"
            ),
            models.CheckConstraint(condition=positive("rate"), name="receipt_rate_positive"),
            models.CheckConstraint(condition=positive("inverse_rate"), name="receipt_inverse_rate_positive"),
            models.CheckConstraint(condition=Q(side__in=_SIDES), name="receipt_side_known"),
            models.CheckConstraint(condition=Q(rounding__in=_ROUNDINGS), name="receipt_rounding_known"),
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.from_code} → {self.result.normalize():f} {self.to_code}"


class IdempotencyKeyQuerySet(Droppable["IdempotencyKey"]):
    """Verbs for reading keys."""

    def alive(self, now: datetime) -> Self:
        """Keep those that still answer for their request."""
        return self.filter(created_at__gt=now - KEY_LIFE)

    def expired(self, now: datetime) -> Self:
        """Keep those that a new request may use again."""
        return self.filter(created_at__lte=now - KEY_LIFE)


class IdempotencyKey(models.Model):
    """The answer that a caller got under a key of its own; stored with what the answer is about.

    `body` is the answer as it was written, so that a replay is the same to the byte.
    """

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField()

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Also read for the answer under a key: owner and key.
            models.UniqueConstraint(fields=["owner", "key"], name="idempotencykey_once"),
            models.CheckConstraint(condition=~Q(owner=""), name="idempotencykey_owned"),
        ]
        indexes: ClassVar = [
            # Read by the nightly clean-up: `expired`.
            models.Index(fields=["created_at"], name="idempotencykey_created"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
