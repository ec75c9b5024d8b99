"""Convert at the current price, or at the reference rate of a day, and keep the receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from conversions import money
from conversions.models import Receipt
from conversions.orders import Order, invalid_amount
from rates.errors import NoRate
from rates.guards import check_guards
from rates.ondemand import current_price
from rates.price import Price
from rates.reference_price import reference_price
from rates.serializers import price_object


def convert(*, order: Order, now: datetime) -> Receipt:
    """Calculate a conversion; nothing is stored.

    Raises: ApiError no_rate, no_reference_rate, guard_failed, invalid_amount when one side cannot be paid.
    """
    price, inputs = _price(order, now)
    shown = price_object(price, now, settings.FX_ENVIRONMENT)
    check_guards(price, order.limits, now, shown)
    done = _exchange(order, price)
    return Receipt(
        from_code=order.base,
        to_code=order.quote,
        amount=done.amount,
        result=done.result,
        result_unrounded=done.result_unrounded,
        rate=done.rate,
        inverse_rate=done.inverse_rate,
        side=order.side,
        rounding=order.rounding,
        price=shown,
        inputs=inputs,
        reference=order.reference,
    )


def store(*, receipt: Receipt, owner: str, now: datetime) -> Receipt:
    """Keep a conversion for its owner, empty for an anonymous one. Raises: NoRate on an expired price."""
    if receipt.price["grade"] == "expired":
        raise NoRate(f"{receipt.from_code}/{receipt.to_code}")
    receipt.owner, receipt.created_at = owner, now
    receipt.save(force_insert=True)
    return receipt


def _price(order: Order, now: datetime) -> tuple[Price, list[dict[str, Any]]]:
    """Find the price that an order is for, and what it is made of."""
    if order.on:
        return reference_price(order.base, order.quote, order.on, now)
    current = current_price(order.base, order.quote, now, inputs=True)
    return current.price, current.inputs


def _exchange(order: Order, price: Price) -> money.Exchange:
    try:
        if order.amount is not None:
            return money.convert(order.amount, price, order.side, order.rounding)
        assert order.to_amount is not None
        return money.fix_other_side(order.to_amount, price, order.side, order.rounding)
    except money.InvalidAmount as error:
        raise invalid_amount("amount" if order.amount is not None else "to_amount", error) from None
