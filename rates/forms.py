"""Check what staff enter about pairs and their prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from providers.fields import plain
from rates.models import Override, Pair, Rate
from rates.price import PIVOT, orient


class PairForm(forms.ModelForm):  # type: ignore[type-arg]
    """Edit a pair; it stands in market orientation."""

    class Meta:
        model = Pair
        fields = [
            "base",
            "quote",
            "tracked",
            "method",
            "direct",
            "half_life_seconds",
            "max_jump_pct",
            "max_deviation_bps",
            "max_dispersion_bps",
            "max_age_seconds",
            "price_decimals",
            "pip_position",
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a pair that stands the other way round in the market, or twice the same currency."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        base, quote = cleaned.get("base"), cleaned.get("quote")
        for side in ("base", "quote"):
            if (currency := cleaned.get(side)) and not currency.active:
                self.add_error(side, f"{currency.code} is retired: no source prices it any more.")
        if base and quote and (base == quote or orient(base.code, quote.code) != (base.code, quote.code)):
            first, second = orient(base.code, quote.code)
            self.add_error(
                "quote", f"Two currencies in market orientation are needed, such as {first}/{second}."
            )
        if cleaned.get("direct") and base and quote and PIVOT in (base.code, quote.code):
            self.add_error("direct", f"A pair with {PIVOT} is always decided by itself.")
        return cleaned


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """Set the price of a pair by hand, for a time."""

    sure = forms.BooleanField(
        required=False,
        label="Far from the last price, and right",
        help_text="Needed where the price lies further from the last one than the pair may jump.",
    )

    class Meta:
        model = Override
        fields = ["pair", "mid", "bid", "ask", "expires_at", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # With the digits they have, not the thirty of their column.
        for side in ("mid", "bid", "ask"):
            if (number := self.initial.get(side)) is not None:
                self.initial[side] = Decimal(plain(number))

    def clean(self) -> dict[str, Any]:
        """Refuse sides that do not enclose the mid, an end in the past, and a slip of the finger."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        mid, bid, ask = (cleaned.get(side) for side in ("mid", "bid", "ask"))
        if (bid is None) != (ask is None):
            self.add_error("bid", "Give both sides, or neither.")
        elif mid is not None and bid is not None and not 0 < bid <= mid <= ask:
            self.add_error("mid", "The mid lies between bid and ask.")
        if mid is not None and mid <= 0:
            self.add_error("mid", "A price is above zero.")
        if cleaned.get("expires_at") and cleaned["expires_at"] <= timezone.now():
            self.add_error("expires_at", "This is over already.")
        is_new = not {"pair", "mid"}.isdisjoint(self.changed_data)
        if mid is not None and is_new and not cleaned.get("sure") and _is_far(cleaned.get("pair"), mid):
            self.add_error("sure", "This is far from the last price; say that you are sure.")
        return cleaned


def _is_far(pair: Pair | None, mid: Decimal) -> bool:
    """Say whether a price lies further from the last one than its pair may jump."""
    newest = Rate.objects.filter(pair=pair).order_by("-seq").first() if pair else None
    return bool(newest and pair and abs(mid / newest.mid - 1) * 100 > pair.max_jump_pct)
