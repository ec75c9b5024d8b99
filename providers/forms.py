"""Check what staff enter about a source; its key can be set and never be read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from unfold.widgets import UnfoldAdminPasswordWidget

from providers.adapters import keys
from providers.models import Provider
from providers.quota import Plan
from providers.secrets import KEYLIKE_NAMES
from providers.traffic import usual_requests

_SECRET_NAME = re.compile(rf"{KEYLIKE_NAMES}|key\b", re.IGNORECASE)
_PLAN = frozenset({"interval_seconds", "requests_per_month", "requests_per_minute", "plan_day"})


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
    overrun = forms.BooleanField(
        required=False,
        label="Save although the plan is too small",
        help_text="Polls are then stretched so that the plan lasts until it starts again.",
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
            "weight",
            "max_age_seconds",
            "base_url",
            "parameters",
            "requests_per_month",
            "requests_per_minute",
            "plan_day",
        ]

    class Media:
        js: ClassVar = [forms.Script("providers/plan.js", type="module")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the page needs to show the cost of an interval while it is typed.
        start, end = self.instance.plan.period(timezone.now())
        self._requests = usual_requests(self.instance) if self.instance.pk else 1
        shown = {"data-month-seconds": round((end - start).total_seconds()), "data-requests": self._requests}
        if "interval_seconds" in self.fields:
            self.fields["interval_seconds"].widget.attrs |= shown

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
            if any(_SECRET_NAME.search(name) for name in cleaned.get("parameters", {})):
                self.add_error("parameters", "The key has a field of its own, where it is encrypted.")
        return cleaned

    def _post_clean(self) -> None:
        """Look at the plan once each of its numbers is sound by itself."""
        super()._post_clean()  # type: ignore[misc]
        forced, changed = self.cleaned_data.get("overrun"), _PLAN & set(self.changed_data)
        if changed and not forced and not _PLAN & set(self.errors):
            self._check_plan(self.cleaned_data)

    def _check_plan(self, cleaned: dict[str, Any]) -> None:
        """Refuse an interval that takes more than the plan, and say what it takes."""
        plan = Plan(cleaned["requests_per_month"], cleaned["requests_per_minute"], cleaned["plan_day"])
        interval, now = timedelta(seconds=cleaned["interval_seconds"]), timezone.now()
        shortest = plan.shortest(now, self._requests)
        if interval < shortest:
            cost = plan.cost(interval, now, self._requests)
            self.add_error(
                "interval_seconds",
                f"This takes {cost:,} requests a month, more than the plan allows: "
                f"ask every {shortest.total_seconds():.0f} s at most, or save it all the same.",
            )

    def save(self, commit: bool = True) -> Provider:
        """Seal a new key before the row is written."""
        if self.cleaned_data.get("forget_key"):
            self.instance.set_key("")
        elif self.cleaned_data.get("api_key"):
            self.instance.set_key(self.cleaned_data["api_key"])
        saved: Provider = super().save(commit)
        return saved
