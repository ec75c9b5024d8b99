"""Show what the engine wrote, read-only: ticks, polls and the moves of breakers.

Unfold has no types: its classes are exempt from the rule that they have some.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from providers.fields import plain
from providers.models import BreakerTransition, NewestTick, Poll, TickLog


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Show what the engine wrote; nobody edits it."""

    show_full_result_count = False
    paginator = InfinitePaginator  # counting millions of rows takes longer than reading a page

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: rows come from the engine."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was said stays as it was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: only retention drops rows."""
        return False


class SidesShown:
    """Show bid, ask and mid with the digits they have, not the thirty of their column."""

    @admin.display(description="Bid", ordering="bid")
    def shows_bid(self, row: Any) -> str:
        """Show the bid."""
        return _or_dash(row.bid)

    @admin.display(description="Ask", ordering="ask")
    def shows_ask(self, row: Any) -> str:
        """Show the ask."""
        return _or_dash(row.ask)

    @admin.display(description="Mid", ordering="mid")
    def shows_mid(self, row: Any) -> str:
        """Show the mid."""
        return _or_dash(row.mid)


def _or_dash(number: Decimal | None) -> str:
    return "-" if number is None else plain(number)


@admin.register(TickLog, NewestTick)
class TickAdmin(SidesShown, ReadOnlyAdmin):
    """What sources said, newest first."""

    list_display = [
        "provider",
        "base",
        "quote",
        "shows_bid",
        "shows_ask",
        "shows_mid",
        "as_of",
        "as_of_basis",
        "received_at",
    ]
    list_filter = ["provider"]
    list_select_related = ["provider"]
    list_per_page = 50
    ordering = ["-pk"]


@admin.register(Poll)
class PollAdmin(ReadOnlyAdmin):
    """How each request to a source ended."""

    list_display = ["provider", "started_at", "outcome", "latency_ms", "ticks", "detail"]
    list_filter = ["provider", "outcome"]
    list_select_related = ["provider"]
    list_per_page = 50
    ordering = ["-pk"]


@admin.register(BreakerTransition)
class BreakerTransitionAdmin(ReadOnlyAdmin):
    """How the breakers moved, and why."""

    list_display = ["provider", "at", "before", "after", "reason", "by"]
    list_filter = ["provider", "after"]
    list_select_related = ["provider"]
    list_per_page = 50
    ordering = ["-pk"]
