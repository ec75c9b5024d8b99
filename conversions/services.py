"""Convert at the current price and keep the receipt."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from conversions import money
from conversions.models import Receipt
from conversions.orders import Order, invalid_amount
from rates.errors import NoRate
from rates.guards import check_guards
from rates.ondemand import current_price
from rates.price import Price
from rates.serializers import price_object


def convert(*, order: Order, now: datetime) -> Receipt:
    """Calculate a conversion; nothing is stored.

    Raises: ApiError no_rate, guard_failed, invalid_amount when one side of it cannot be paid.
    """
    current = current_price(order.base, order.quote, now, inputs=True)
    shown = price_object(current.price, now, settings.FX_ENVIRONMENT)
    check_guards(current.price, order.limits, now, shown)
    done = _exchange(order, current.price)
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
        inputs=current.inputs,
        reference=order.reference,
    )


def store(*, receipt: Receipt, owner: str, now: datetime) -> Receipt:
    """Keep a conversion for its owner, empty for an anonymous one. Raises: NoRate on an expired price."""
    if receipt.price["grade"] == "expired":
        raise NoRate(f"{receipt.from_code}/{receipt.to_code}")
    receipt.owner, receipt.created_at = owner, now
    receipt.save(force_insert=True)
    return receipt


def _exchange(order: Order, price: Price) -> money.Exchange:
    try:
        if order.amount is not None:
            return money.convert(order.amount, price, order.side, order.rounding)
        assert order.to_amount is not None
        return money.fix_other_side(order.to_amount, price, order.side, order.rounding)
    except money.InvalidAmount as error:
        raise invalid_amount("amount" if order.amount is not None else "to_amount", error) from None
