"""Let staff switch sources, set their keys, and see what each said and how it does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminPasswordWidget

from providers.adapters import keys
from providers.adapters.base import Ask
from providers.fetch import Fetched, endpoint, fetch
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
        return _plain(row.bid)

    @admin.display(description="Ask", ordering="ask")
    def shows_ask(self, row: Any) -> str:
        """Show the ask."""
        return _plain(row.ask)

    @admin.display(description="Mid", ordering="mid")
    def shows_mid(self, row: Any) -> str:
        """Show the mid."""
        return _plain(row.mid)


def _plain(number: Decimal | None) -> str:
    return "-" if number is None else f"{number.normalize():f}"


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """Edit a source; its key can be set and never be read."""

    api_key = forms.CharField(
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown again. Leave empty to keep the present key.",
    )
    forget_key = forms.BooleanField(required=False, help_text="Remove the present key.")

    class Meta:
        model = Provider
        fields = "__all__"

    def clean_key(self) -> str:
        """Refuse a key for which no adapter exists."""
        key: str = self.cleaned_data["key"]
        if key not in keys():
            raise forms.ValidationError(f"There is no adapter {key}. Known: {', '.join(keys())}.")
        return key

    def clean(self) -> dict[str, Any]:
        """Refuse an interval shorter than the vendor's own."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        key, seconds = cleaned.get("key"), cleaned.get("interval_seconds")
        if key and seconds:
            shortest = Provider(key=key).adapter.min_interval.total_seconds()
            if seconds < shortest:
                self.add_error("interval_seconds", f"This source is asked at most every {shortest:.0f} s.")
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        """Seal a new key before the row is written."""
        if self.cleaned_data.get("forget_key"):
            self.instance.set_key("")
        elif self.cleaned_data.get("api_key"):
            self.instance.set_key(self.cleaned_data["api_key"])
        saved: Provider = super().save(commit)
        return saved


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

    @display(description="State", label={"on": "success", "off": "", "needs a key": "warning"})
    def shows_state(self, provider: Provider) -> str:
        """Say whether it is polled."""
        if not provider.enabled:
            return "off"
        return "needs a key" if provider.idle else "on"

    @display(description="API key")
    def shows_key(self, provider: Provider) -> str:
        """Say whether a key is set, and how it ends."""
        if provider.pk and provider.adapter.keyless:
            return "none needed"
        return f"••••{provider.key_hint}" if provider.sealed_key else "not set"

    @display(description="Asked at")
    def shows_address(self, provider: Provider) -> str:
        """Show the address in use."""
        return endpoint(provider) if provider.pk else "–"

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        """Save, and keep the schedule in step."""
        super().save_model(request, obj, form, change)
        keep_in_step(obj)

    @admin.action(description="Test now: ask once and show the outcome")
    def test_now(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Ask each chosen source once; nothing is stored."""
        for provider in queryset:
            _tell(request, provider, fetch(provider, Ask(_TEST_CURRENCIES), timezone.now()))

    @action(description="Test now", url_path="test-now")
    def test_one(self, request: HttpRequest, object_id: int) -> Any:
        """Ask this source once and return to its page."""
        self.test_now(request, Provider.objects.filter(pk=object_id))
        return redirect("admin:providers_provider_change", object_id)

    @admin.action(description="Switch on")
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        """Poll the chosen sources."""
        _switch(queryset, enabled=True)

    @admin.action(description="Switch off")
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
