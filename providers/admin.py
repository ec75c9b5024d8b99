"""Let staff switch sources, set their keys, and see what each said and how it does.

Unfold has no types: its decorators are exempt from the rule that they have some.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from providers.adapters.base import Ask
from providers.admin_quarantine import QuarantineAdmin
from providers.admin_tables import ReadOnlyAdmin, SidesShown
from providers.breaker import standings
from providers.fetch import endpoint, fetch_once
from providers.fetched import Fetched
from providers.forms import ProviderForm
from providers.models import Outcome, Provider
from providers.pace import overlaps
from providers.schedule import keep_in_step
from providers.traffic import hold, reset, usage

__all__ = ["ProviderAdmin", "QuarantineAdmin", "ReadOnlyAdmin", "SidesShown"]

LACKS = {"key": "needs a key", "readable_key": "needs its key again", "demo_vendor": "not in the demo"}
_TEST_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY"})


@admin.register(Provider)
class ProviderAdmin(SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """Sources: on or off, how often, whom to trust first, and a test now."""

    form = ProviderForm
    list_display = [
        "name",
        "key",
        "shows_state",
        "shows_breaker",
        "interval_seconds",
        "priority",
        "shows_key",
    ]
    list_filter = ["enabled"]
    search_fields = ["key", "name"]
    actions = ["test_now", "switch_on", "switch_off", "hold", "reset"]
    actions_detail = ["test_one", "hold_one", "reset_one"]
    readonly_fields = ["shows_key", "shows_address", "shows_breaker", "shows_usage", "shows_overlaps"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "key",
                    "name",
                    "enabled",
                    "interval_seconds",
                    "priority",
                    "weight",
                    "max_age_seconds",
                ]
            },
        ),
        (
            "Access",
            {"fields": ["shows_key", "api_key", "forget_key", "shows_address", "base_url", "parameters"]},
        ),
        (
            "Plan",
            {
                "fields": [
                    "requests_per_month",
                    "requests_per_minute",
                    "plan_day",
                    "overrun",
                    "shows_usage",
                    "shows_breaker",
                    "shows_overlaps",
                ]
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the adapter's name of an existing source."""
        return [*self.readonly_fields, "key"] if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: ticks and polls belong to a source; it is switched off instead."""
        return False

    @display(
        description="State", label={"on": "success", "off": ""} | dict.fromkeys(LACKS.values(), "warning")
    )  # type: ignore[untyped-decorator]
    def shows_state(self, provider: Provider) -> str:
        """Say whether it is polled."""
        if not provider.enabled:
            return "off"
        return LACKS.get(provider.lacks, "on")

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

    @display(description="Breaker")  # type: ignore[untyped-decorator]
    def shows_breaker(self, provider: Provider) -> str:
        """Say whether it may be asked, and when again."""
        standing = standings([provider.key])[provider.key]
        return str(standing.state) + (f" until {standing.until:%H:%M:%S}" if standing.until else "")

    @display(description="This month")  # type: ignore[untyped-decorator]
    def shows_usage(self, provider: Provider) -> str:
        """Say what this month of the plan has taken."""
        if not provider.pk:
            return "-"
        spent = usage(provider, timezone.now())
        left = spent.left(provider.requests_per_month)
        return f"{spent.used:,} requests" + ("" if left is None else f", {left:,} left")

    @display(description="Overlaps within the hour")  # type: ignore[untyped-decorator]
    def shows_overlaps(self, provider: Provider) -> str:
        """Say how many polls ended at once because an earlier one still ran."""
        counted = overlaps([provider.key], timezone.now())[provider.key]
        return "-" if counted is None else str(counted)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        """Save, and keep the schedule in step; a new key is tried at once."""
        super().save_model(request, obj, form, change)
        if change and form.cleaned_data.get("api_key"):
            reset(obj, timezone.now(), str(request.user), "a new key")
        keep_in_step(obj)

    @admin.action(description="Test now: ask once and show the outcome", permissions=["change"])
    def test_now(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Ask each chosen source once; nothing is stored."""
        now = timezone.now()
        for provider in queryset:
            _tell(request, provider, fetch_once(provider, Ask(_TEST_CURRENCIES, today=now.date()), now))

    @action(description="Test now", url_path="test-now", permissions=["change"])  # type: ignore[untyped-decorator]
    def test_one(self, request: HttpRequest, object_id: int) -> Any:
        """Ask this source once and return to its page."""
        self.test_now(request, Provider.objects.filter(pk=object_id))
        return redirect("admin:providers_provider_change", object_id)

    @admin.action(description="Hold: ask no more until it is reset", permissions=["change"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Hold the breakers of the chosen sources open."""
        for provider in queryset:
            hold(provider, timezone.now(), str(request.user))

    @admin.action(description="Reset the breaker: ask again at once", permissions=["change"])
    def reset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Close the breakers of the chosen sources."""
        for provider in queryset:
            reset(provider, timezone.now(), str(request.user))

    @action(description="Hold", url_path="hold", permissions=["change"])  # type: ignore[untyped-decorator]
    def hold_one(self, request: HttpRequest, object_id: int) -> Any:
        """Hold this source's breaker and return to its page."""
        self.hold(request, Provider.objects.filter(pk=object_id))
        return redirect("admin:providers_provider_change", object_id)

    @action(description="Reset the breaker", url_path="reset", permissions=["change"])  # type: ignore[untyped-decorator]
    def reset_one(self, request: HttpRequest, object_id: int) -> Any:
        """Close this source's breaker and return to its page."""
        self.reset(request, Provider.objects.filter(pk=object_id))
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
