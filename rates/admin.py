"""Let staff choose what is tracked and how, and read what was published."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from providers.admin import ReadOnlyAdmin, SidesShown
from rates.admin_overrides import OverrideAdmin
from rates.forms import PairForm
from rates.models import Currency, Pair, Rate, RateDecision

__all__ = ["CurrencyAdmin", "OverrideAdmin", "PairAdmin", "RateAdmin", "RateDecisionAdmin"]


@admin.register(Pair)
class PairAdmin(SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """Pairs: tracked or not, how their price is made, how it is shown."""

    list_display = [
        "symbol",
        "tracked",
        "method",
        "direct",
        "max_age_seconds",
        "price_decimals",
        "pip_position",
    ]
    list_filter = ["tracked", "method", "direct"]
    search_fields = ["base__code", "quote__code", "base__name", "quote__name"]
    form = PairForm
    autocomplete_fields = ["base", "quote"]
    list_select_related = ["base", "quote"]
    actions = ["track", "untrack"]
    fieldsets = [
        (None, {"fields": ["base", "quote", "tracked", "max_age_seconds"]}),
        ("Price", {"fields": ["method", "half_life_seconds", "direct"]}),
        ("Limits", {"fields": ["max_jump_pct", "max_deviation_bps", "max_dispersion_bps"]}),
        ("Display", {"fields": ["price_decimals", "pip_position"]}),
    ]

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
