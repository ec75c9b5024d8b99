"""Store the sources, what each said, and how each poll went."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from providers.adapters import adapter
from providers.adapters.base import Adapter, Basis, Tick
from providers.fields import RateField, plain, positive
from providers.ledger import BreakerTransition, Outcome, Poll, QuotaUsage
from providers.querysets import Droppable
from providers.quota import Plan
from providers.secrets import Secret, SecretUnreadable, seal, unseal

__all__ = [
    "DEMO_SOURCES",
    "BreakerTransition",
    "NewestTick",
    "Outcome",
    "Poll",
    "Provider",
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


class TickColumns(models.Model):
    """The columns of a tick, the same in the log and in the table of newest ones."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    bid = RateField(null=True)
    ask = RateField(null=True)
    mid = RateField()
    as_of = models.DateTimeField()
    as_of_basis = models.CharField(max_length=8, choices=[(basis.value, basis.value) for basis in Basis])
    received_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {plain(self.mid)}"

    def as_tick(self, key: str) -> Tick:
        """Give the tick as the provider with this key stated it."""
        basis = Basis(self.as_of_basis)
        return Tick(
            key, self.base, self.quote, self.mid, self.as_of, basis, self.received_at, self.bid, self.ask
        )


def _sound_rates(table: str) -> list[models.BaseConstraint]:
    """Check the rates of a table of ticks: positive numbers, and not crossed."""
    return [
        models.CheckConstraint(condition=positive("mid"), name=f"{table}_mid_positive"),
        models.CheckConstraint(condition=Q(bid__isnull=True) | positive("bid"), name=f"{table}_bid_positive"),
        models.CheckConstraint(condition=Q(ask__isnull=True) | positive("ask"), name=f"{table}_ask_positive"),
        models.CheckConstraint(
            condition=Q(ask__isnull=True) | Q(ask__gte=F("bid")), name=f"{table}_ask_above_bid"
        ),
    ]


class TickLogQuerySet(Droppable["TickLog"]):
    """Verbs for reading the log of ticks."""

    def received_before(self, moment: datetime) -> Self:
        """Keep those that reached us before a moment."""
        return self.filter(received_at__lt=moment)


class TickLog(TickColumns):
    """Every tick, once: the unique key drops a repetition of the same moment."""

    objects = TickLogQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote", "as_of"], name="ticklog_once"),
            *_sound_rates("ticklog"),
        ]
        indexes: ClassVar = [
            # Read by the daily clean-up, which drops by age.
            models.Index(fields=["received_at"], name="ticklog_received"),
        ]


class NewestTick(TickColumns):
    """The newest tick per provider and pair, so that pricing reads no log."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "base", "quote"], name="newesttick_one"),
            *_sound_rates("newesttick"),
        ]
