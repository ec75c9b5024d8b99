"""Store the sources and how staff want them asked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from providers.adapters import adapter
from providers.adapters.base import Adapter
from providers.ledger import BreakerTransition, Outcome, Poll, QuotaUsage
from providers.quarantine import QuarantinedTick
from providers.quota import Plan
from providers.secrets import Secret, SecretUnreadable, seal, unseal
from providers.ticks import NewestTick, TickLog

__all__ = [
    "DEMO_SOURCES",
    "BreakerTransition",
    "NewestTick",
    "Outcome",
    "Poll",
    "Provider",
    "QuarantinedTick",
    "QuotaUsage",
    "TickLog",
]

# The demo market speaks these vendors' formats; the others have nobody to ask there.
DEMO_SOURCES = frozenset({"ecb", "fixer", "freecurrencyapi", "openexchangerates"})
_SHORTEST_MAX_AGE = timedelta(seconds=10)
_DAY = timedelta(days=1)
# The longest gap between two fixings is five days, at Easter and at Christmas.
_FIXING_MAX_AGE = timedelta(days=7)


class ProviderQuerySet(models.QuerySet["Provider"]):
    """Verbs for reading providers."""

    def enabled(self) -> Self:
        """Keep those that staff switched on, the most trusted first."""
        return self.filter(enabled=True).order_by("priority", "key")

    def covering(self) -> dict[str, list[str]]:
        """Map each currency to the enabled sources that have spoken of it."""
        spoken = NewestTick.objects.filter(provider__in=self.enabled())
        rows = spoken.values_list("provider__key", "base", "quote").order_by("provider__key")
        covered: dict[str, list[str]] = {}
        for key, *pair in rows:
            for currency in pair:
                if key not in (known := covered.setdefault(currency, [])):
                    known.append(key)
        return covered


class Provider(models.Model):
    """One source of rates and how staff want it asked."""

    key = models.SlugField(unique=True, help_text="The adapter's file name.")
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=False)
    interval_seconds = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    priority = models.PositiveSmallIntegerField(default=50, help_text="Lower is trusted first.")
    weight = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text="How much it counts in a weighted price.",
    )
    max_age_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Ticks older than this do not count. Empty: three intervals."
    )
    base_url = models.CharField(
        max_length=200,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Empty: the vendor's own address.",
    )
    parameters = models.JSONField(
        default=dict, blank=True, help_text="Further query parameters of your plan."
    )
    requests_per_month = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="What your plan allows. Empty: no limit.",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    plan_day = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text="The day of the month on which your plan's count starts again.",
    )
    sealed_key = models.TextField(blank=True, editable=False)
    key_hint = models.CharField(max_length=4, blank=True, editable=False)

    objects = ProviderQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["sealed_key"])

    class Meta:
        ordering: ClassVar = ["priority", "key"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(interval_seconds__gte=1), name="provider_interval_positive"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="provider_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        """The code that speaks to this vendor."""
        return adapter(self.key)

    @property
    def secret(self) -> Secret:
        """The API key. Raises: SecretUnreadable."""
        return unseal(self.sealed_key)

    def set_key(self, text: str) -> None:
        """Seal a new API key; its last four characters stay visible to staff if it is long enough."""
        self.sealed_key, self.key_hint = seal(text), text[-4:] if len(text) >= 16 else ""

    @property
    def plan(self) -> Plan:
        """What the vendor sells us."""
        return Plan(self.requests_per_month, self.requests_per_minute, self.plan_day)

    @property
    def interval(self) -> timedelta:
        """How often staff want it asked."""
        return timedelta(seconds=self.interval_seconds)

    @property
    def idle(self) -> bool:
        """Say whether it lacks what it needs before it can be asked."""
        return bool(self.lacks)

    @property
    def lacks(self) -> str:
        """Name what it lacks: `key`, `readable_key`, or `demo_vendor` where the demo has none like it."""
        if settings.FX_DEMO and self.key not in DEMO_SOURCES and not self.base_url:
            return "demo_vendor"
        if self.adapter.keyless:
            return ""
        try:
            return "" if self.secret else "key"
        except SecretUnreadable:
            return "readable_key"

    @property
    def cadence(self) -> timedelta:
        """How often it says something new: a daily fixing once a day, however often it is asked."""
        return max(self.interval, _DAY) if self.adapter.daily else self.interval

    @property
    def max_age(self) -> timedelta:
        """How old its ticks may be and still count."""
        if self.max_age_seconds:
            return timedelta(seconds=self.max_age_seconds)
        if self.adapter.daily:
            return _FIXING_MAX_AGE
        return max(3 * self.cadence, _SHORTEST_MAX_AGE)
