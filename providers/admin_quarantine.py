"""Let staff review what was refused: release what is right after all, dismiss what is known.

Unfold has no types: its classes are exempt from the rule that they have some.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin

from providers.admin_tables import ReadOnlyAdmin
from providers.quarantine import RELEASABLE, QuarantinedTick, State


@admin.register(QuarantinedTick)
class QuarantineAdmin(SimpleHistoryAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """Ticks that were refused: one row for each source, pair and reason, with what it said last."""

    list_display = [
        "provider",
        "base",
        "quote",
        "reason",
        "bid",
        "ask",
        "mid",
        "as_of",
        "received_at",
        "first_at",
        "times",
        "state",
        "reviewed_by",
    ]
    list_filter = ["state", "reason", "provider"]
    search_fields = ["base", "quote"]
    list_select_related = ["provider", "reviewed_by"]
    list_per_page = 50
    ordering = ["-received_at"]
    actions = ["release", "dismiss", "hold_again"]

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide what counts."""
        return bool(request.user.has_perm("providers.review_quarantinedtick"))

    @admin.action(description="Release: let this level count", permissions=["review"])
    def release(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Let what the chosen rows say count from the next run on, as long as it stays near its level."""
        right = queryset.filter(reason__in=RELEASABLE, level__isnull=False)
        if impossible := queryset.count() - right.count():
            text = f"{impossible} can never be a price and cannot be released; dismiss what you know of."
            messages.warning(request, text)
        _review(request, right, State.RELEASED)

    @admin.action(description="Dismiss: it is known, and stays out", permissions=["review"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Mark the chosen rows as seen; they stay out of every price."""
        _review(request, queryset, State.DISMISSED)

    @admin.action(description="Hold again", permissions=["review"])
    def hold_again(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Take a release or a dismissal back."""
        _review(request, queryset, State.HELD)


def _review(request: HttpRequest, rows: QuerySet[QuarantinedTick], state: State) -> None:
    """Set the state row by row, so that the history has who and when."""
    user: Any = request.user
    for row in rows:
        row.state, row.reviewed_at, row.reviewed_by = state, timezone.now(), user
        row.save(update_fields=["state", "reviewed_at", "reviewed_by"])
    messages.success(request, f"{rows.count()} are {state} now.")
