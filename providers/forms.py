"""Check what staff enter about a source; its key can be set and never be read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from unfold.widgets import UnfoldAdminPasswordWidget

from providers.adapters import keys
from providers.models import Provider


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """Edit a source."""

    api_key = forms.CharField(
        required=False,
        strip=True,
        # Anything else could not travel in a header.
        validators=[RegexValidator(r"\A[!-~]+\Z", "A key has no blanks and only ASCII characters.")],
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown again. Leave empty to keep the present key.",
    )
    forget_key = forms.BooleanField(required=False, help_text="Remove the present key.")

    class Meta:
        model = Provider
        fields = [
            "key",
            "name",
            "enabled",
            "interval_seconds",
            "priority",
            "max_age_seconds",
            "base_url",
            "parameters",
        ]

    def clean_key(self) -> str:
        """Refuse a key for which no adapter exists."""
        key: str = self.cleaned_data["key"]
        if key not in keys():
            raise forms.ValidationError(f"There is no adapter {key}. Known: {', '.join(keys())}.")
        return key

    def clean_parameters(self) -> dict[str, str]:
        """Refuse what is no map of names and texts; nothing stands for an empty one."""
        stated = self.cleaned_data["parameters"] or {}
        if not isinstance(stated, dict) or not all(isinstance(text, str) for text in stated.values()):
            raise forms.ValidationError('Names and texts are needed, such as {"show_bid_ask": "1"}.')
        return stated

    def clean(self) -> dict[str, Any]:
        """Refuse an interval shorter than the vendor's own, and a key where everybody could read it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # The key of an existing source is not in the form.
        key = cleaned.get("key") or self.instance.key
        if key:
            adapter = Provider(key=key).adapter
            shortest = adapter.min_interval.total_seconds()
            if cleaned.get("interval_seconds", shortest) < shortest:
                self.add_error("interval_seconds", f"This source is asked at most every {shortest:.0f} s.")
            if adapter.auth.name in cleaned.get("parameters", {}):
                self.add_error("parameters", "The key has a field of its own, where it is encrypted.")
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        """Seal a new key before the row is written."""
        if self.cleaned_data.get("forget_key"):
            self.instance.set_key("")
        elif self.cleaned_data.get("api_key"):
            self.instance.set_key(self.cleaned_data["api_key"])
        saved: Provider = super().save(commit)
        return saved
