"""Let staff switch sources, set their keys, and see what each said and how it does.

Unfold has no types: its decorators are exempt from the rule that they have some.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from providers.adapters.base import Ask
from providers.fetch import Fetched, endpoint, fetch
from providers.fields import plain
from providers.forms import ProviderForm
from providers.models import NewestTick, Outcome, Poll, Provider, TickLog
from providers.schedule import keep_in_step

_TEST_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY"})


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


@admin.register(Provider)
class ProviderAdmin(SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """Sources: on or off, how often, whom to trust first, and a test now."""

    form = ProviderForm
    list_display = ["name", "key", "shows_state", "interval_seconds", "priority", "shows_key"]
    list_filter = ["enabled"]
    search_fields = ["key", "name"]
    actions = ["test_now", "switch_on", "switch_off"]
    actions_detail = ["test_one"]
    readonly_fields = ["shows_key", "shows_address"]
    fieldsets = [
        (None, {"fields": ["key", "name", "enabled", "interval_seconds", "priority", "max_age_seconds"]}),
        (
            "Access",
            {"fields": ["shows_key", "api_key", "forget_key", "shows_address", "base_url", "parameters"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the adapter's name of an existing source."""
        return [*self.readonly_fields, "key"] if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: ticks and polls belong to a source; it is switched off instead."""
        return False

    @display(description="State", label={"on": "success", "off": "", "needs a key": "warning"})  # type: ignore[untyped-decorator]
    def shows_state(self, provider: Provider) -> str:
        """Say whether it is polled."""
        if not provider.enabled:
            return "off"
        return "needs a key" if provider.idle else "on"

    @display(description="API key")  # type: ignore[untyped-decorator]
    def shows_key(self, provider: Provider) -> str:
        """Say whether a key is set, and how it ends."""
        if provider.pk and provider.adapter.keyless:
            return "none needed"
        return f"••••{provider.key_hint}" if provider.sealed_key else "not set"

    @display(description="Asked at")  # type: ignore[untyped-decorator]
    def shows_address(self, provider: Provider) -> str:
        """Show the address in use."""
        return endpoint(provider) if provider.pk else "-"

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        """Save, and keep the schedule in step."""
        super().save_model(request, obj, form, change)
        keep_in_step(obj)

    @admin.action(description="Test now: ask once and show the outcome", permissions=["change"])
    def test_now(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Ask each chosen source once; nothing is stored."""
        now = timezone.now()
        for provider in queryset:
            _tell(request, provider, fetch(provider, Ask(_TEST_CURRENCIES, today=now.date()), now))

    @action(description="Test now", url_path="test-now", permissions=["change"])  # type: ignore[untyped-decorator]
    def test_one(self, request: HttpRequest, object_id: int) -> Any:
        """Ask this source once and return to its page."""
        self.test_now(request, Provider.objects.filter(pk=object_id))
        return redirect("admin:providers_provider_change", object_id)

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Poll the chosen sources."""
        _switch(queryset, enabled=True)

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Stop polling the chosen sources."""
        _switch(queryset, enabled=False)


def _switch(providers: QuerySet[Provider], *, enabled: bool) -> None:
    """Set the switch row by row, so that the history has it."""
    for provider in providers:
        provider.enabled = enabled
        provider.save(update_fields=["enabled"])
        keep_in_step(provider)


def _tell(request: HttpRequest, provider: Provider, fetched: Fetched) -> None:
    """Show how a test ended, in one line."""
    milliseconds = round(fetched.latency.total_seconds() * 1000)
    if fetched.outcome == Outcome.OK:
        text = f"{provider.name}: ok, {len(fetched.ticks)} ticks in {milliseconds} ms."
        messages.success(request, text)
    else:
        messages.error(request, f"{provider.name}: {fetched.outcome}, {fetched.detail} ({milliseconds} ms).")


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
