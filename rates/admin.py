"""Let staff choose what is tracked and how, and read what was published."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from providers.admin import ReadOnlyAdmin, SidesShown
from rates.models import Currency, Pair, Rate, RateDecision
from rates.price import orient


class PairForm(forms.ModelForm):  # type: ignore[type-arg]
    """Edit a pair; it stands in market orientation."""

    class Meta:
        model = Pair
        fields = ["base", "quote", "tracked", "method", "max_age_seconds", "price_decimals", "pip_position"]

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
        return cleaned


@admin.register(Pair)
class PairAdmin(SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """Pairs: tracked or not, how their price is made, how it is shown."""

    list_display = ["symbol", "tracked", "method", "max_age_seconds", "price_decimals", "pip_position"]
    list_filter = ["tracked", "method"]
    search_fields = ["base__code", "quote__code", "base__name", "quote__name"]
    form = PairForm
    autocomplete_fields = ["base", "quote"]
    list_select_related = ["base", "quote"]
    actions = ["track", "untrack"]

    @admin.action(description="Track")
    def track(self, request: HttpRequest, queryset: QuerySet[Pair]) -> None:
        """Price and publish the chosen pairs from the next run on."""
        _set_tracked(queryset, tracked=True)

    @admin.action(description="Untrack")
    def untrack(self, request: HttpRequest, queryset: QuerySet[Pair]) -> None:
        """Stop publishing the chosen pairs; their history stays."""
        _set_tracked(queryset, tracked=False)


def _set_tracked(pairs: QuerySet[Pair], *, tracked: bool) -> None:
    """Set the switch row by row, so that the history has it."""
    for pair in pairs:
        pair.tracked = tracked
        pair.save(update_fields=["tracked"])


@admin.register(Currency)
class CurrencyAdmin(ModelAdmin):  # type: ignore[misc]
    """Currencies: staff may word names and symbols; the rest is ISO 4217's."""

    list_display = ["code", "numeric", "name", "symbol", "minor_units", "active"]
    list_filter = ["active", "minor_units"]
    search_fields = ["code", "name"]
    readonly_fields = ["code", "numeric", "minor_units", "active"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the table is ISO's."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Currency | None = None) -> bool:
        """Refuse: the table is ISO's."""
        return False


@admin.register(Rate)
class RateAdmin(SidesShown, ReadOnlyAdmin):
    """Published prices, newest first."""

    list_display = [
        "pair",
        "seq",
        "shows_bid",
        "shows_ask",
        "shows_mid",
        "method",
        "sources",
        "as_of",
        "dispersion_bps",
    ]
    list_filter = ["pair"]
    list_select_related = ["pair__base", "pair__quote"]
    list_per_page = 50
    ordering = ["-pk"]


@admin.register(RateDecision)
class RateDecisionAdmin(ReadOnlyAdmin):
    """What each run decided per currency, and from which sources."""

    list_display = ["seq", "currency"]
    list_filter = ["currency"]
    ordering = ["-pk"]
