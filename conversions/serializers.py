"""Write conversions and receipts as the API shows them."""

from decimal import Decimal
from typing import Any

from conversions.models import Receipt
from conversions.money import money_text
from rates.currencies import currency
from rates.price import EXACT
from rates.serializers import decimal_text, time_text


def conversion_object(receipt: Receipt) -> dict[str, Any]:
    """Write what was calculated; a simulated price marks the whole of it."""
    shown: dict[str, Any] = {
        "from": receipt.from_code,
        "to": receipt.to_code,
        "amount": money_text(receipt.amount, currency(receipt.from_code)),
        "result": money_text(receipt.result, currency(receipt.to_code)),
        "result_unrounded": _plain(receipt.result_unrounded),
        "rate": _plain(receipt.rate),
        "inverse_rate": _plain(receipt.inverse_rate),
        "side": str(receipt.side),
        "rounding": str(receipt.rounding),
        "price": receipt.price,
        "inputs": receipt.inputs,
    }
    environment = receipt.price.get("environment")
    return shown | ({"environment": environment} if environment else {})


def receipt_object(receipt: Receipt) -> dict[str, Any]:
    """Write a stored receipt."""
    return {
        "id": str(receipt.id),
        **conversion_object(receipt),
        "reference": receipt.reference or None,
        "created_at": time_text(receipt.created_at),
    }


def _plain(number: Decimal) -> str:
    """Write the same digits whether a number comes from the arithmetic or from its 30-decimal column."""
    return decimal_text(number.normalize(EXACT))
