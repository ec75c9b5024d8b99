"""Let staff review what was refused: release what is right after all, dismiss what is known.

Unfold has no types: its classes are exempt from the rule that they have some.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin

from providers.admin_tables import ReadOnlyAdmin
from providers.quarantine import RELEASABLE, QuarantinedTick, State

# As near as the pairs' own limit on deviation is by default.
_SAME_LEVEL = Decimal("0.005")


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
        "shown",
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

    @admin.display(description="received at", ordering="received_at")
    def shown(self, row: QuarantinedTick) -> str:
        """Show when it was received, and post what the row says with the choice of it."""
        return format_html(
            '{}<input type="hidden" name="shown-{}" value="{}">',
            f"{row.received_at:%Y-%m-%d %H:%M:%S}",
            row.pk,
            row.mid,
        )

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide what counts."""
        return bool(request.user.has_perm("providers.review_quarantinedtick"))

    @admin.action(description="Release: let this level count for a day", permissions=["review"])
    def release(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Let what the page showed count from the next run on, for a day, as long as it stays near its level.

        A row that says something else by now is left as it is: nobody has looked at that.
        """
        right = queryset.filter(reason__in=RELEASABLE, level__isnull=False)
        if impossible := queryset.count() - right.count():
            text = f"{impossible} can never be a price and cannot be released; dismiss what you know of."
            messages.warning(request, text)
        with transaction.atomic():
            rows = list(right.select_for_update(of=["self"]))
            seen = [row for row in rows if _is_shown(row, request.POST.get(f"shown-{row.pk}", ""))]
            _review(request, seen, State.RELEASED)
        if changed := len(rows) - len(seen):
            text = f"{changed} say something else than the page showed; look again."
            messages.warning(request, text)

    @admin.action(description="Dismiss: it is known, and stays out", permissions=["review"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Mark the chosen rows as seen; they stay out of every price."""
        _review(request, list(queryset), State.DISMISSED)

    @admin.action(description="Hold again", permissions=["review"])
    def hold_again(self, request: HttpRequest, queryset: QuerySet[QuarantinedTick]) -> None:
        """Take a release or a dismissal back."""
        _review(request, list(queryset), State.HELD)


def _is_shown(row: QuarantinedTick, shown: str) -> bool:
    """Say whether a row still says what a page showed; a source's every next word moves it a little."""
    try:
        return row.level is not None and abs(Decimal(shown) - row.level) <= row.level * _SAME_LEVEL
    except InvalidOperation:
        return False


def _review(request: HttpRequest, rows: Collection[QuarantinedTick], state: State) -> None:
    """Set the state row by row, so that the history has who and when."""
    user: Any = request.user
    for row in rows:
        row.state, row.reviewed_at, row.reviewed_by = state, timezone.now(), user
        row.save(update_fields=["state", "reviewed_at", "reviewed_by"])
    messages.success(request, f"{len(rows)} are {state} now.")
