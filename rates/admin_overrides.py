"""Let staff set the price of a pair by hand, with a reason and an end.

Unfold has no types: its classes are exempt from the rule that they have some.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import display

from providers.admin import SidesShown
from rates.forms import OverrideForm
from rates.models import Override


@admin.register(Override)
class OverrideAdmin(SidesShown, SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """Prices by order: whose, why, and until when. Deleting one ends it; its history stays."""

    form = OverrideForm
    list_display = [
        "pair",
        "shows_mid",
        "shows_bid",
        "shows_ask",
        "shows_state",
        "expires_at",
        "set_by",
        "set_at",
        "reason",
    ]
    list_select_related = ["pair__base", "pair__quote", "set_by"]
    autocomplete_fields = ["pair"]
    ordering = ["-expires_at"]

    @display(description="State", label={"in force": "warning", "over": ""})  # type: ignore[untyped-decorator]
    def shows_state(self, override: Override) -> str:
        """Say whether it makes the price now."""
        return "in force" if override.expires_at > timezone.now() else "over"

    def save_model(self, request: HttpRequest, obj: Override, form: Any, change: bool) -> None:
        """Note who set it, and when."""
        if form.changed_data:
            user: Any = request.user
            obj.set_by, obj.set_at = user, timezone.now()
        super().save_model(request, obj, form, change)
