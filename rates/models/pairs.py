"""Store currencies and the pairs we price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from rates.case import Terms
from rates.price import Sides


class Currency(models.Model):
    """A currency of the ISO 4217 table, as staff see it."""

    code = models.CharField(max_length=3, primary_key=True)
    numeric = models.CharField(max_length=3)
    name = models.CharField(max_length=100)
    symbol = models.CharField(max_length=8, blank=True)
    minor_units = models.PositiveSmallIntegerField()
    active = models.BooleanField()

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name_plural = "currencies"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z]{3}$"), name="currency_code_shape"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Method(models.TextChoices):
    """How sources are combined into one price."""

    MEDIAN = "median"
    WEIGHTED = "weighted"
    PRIMARY = "primary"
    BEST = "best"


class PairQuerySet(models.QuerySet["Pair"]):
    """Verbs for reading pairs."""

    def tracked(self) -> Self:
        """Keep those whose price is published."""
        return self.filter(tracked=True).order_by("base", "quote")

    def of(self, currencies: set[str]) -> Self:
        """Keep those with one of these currencies on either side."""
        return self.filter(Q(base__in=currencies) | Q(quote__in=currencies))

    def with_orders(self) -> Self:
        """Bring what staff ordered along."""
        return self.select_related("override")


class Pair(models.Model):
    """Two currencies in market orientation, and how their price is made and shown."""

    base = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    tracked = models.BooleanField(default=True, help_text="Polled, priced and streamed.")
    method = models.CharField(
        max_length=8,
        choices=Method.choices,
        default=Method.MEDIAN,
        help_text="How sources are combined. Pairs without USD are derived from two that have it.",
    )
    direct = models.BooleanField(
        default=False,
        help_text="Decide it from ticks of this very pair, not from its two currencies against USD.",
    )
    max_jump_pct = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(10),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="A longer move from the last price needs a second source, or a third poll.",
    )
    max_deviation_bps = models.PositiveIntegerField(
        default=50,
        validators=[MinValueValidator(1)],
        help_text="Of three and more sources, one so far from their median may be an outlier.",
    )
    max_dispersion_bps = models.PositiveIntegerField(
        default=50,
        validators=[MinValueValidator(1)],
        help_text="Sources further apart disagree: the most trusted counts, with low confidence.",
    )
    half_life_seconds = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text="For weighted: a source so much older than the newest counts 1/e as much.",
    )
    max_age_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Fresh until this age. Empty: three intervals of the fastest source."
    )
    price_decimals = models.PositiveSmallIntegerField(default=5, validators=[MaxValueValidator(12)])
    pip_position = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(0), MaxValueValidator(12)],
        help_text="Decimal place of one pip.",
    )

    objects = PairQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["base", "quote"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["base", "quote"], name="pair_once"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="pair_two_currencies"),
            models.CheckConstraint(
                condition=Q(
                    max_jump_pct__gt=0,
                    max_deviation_bps__gt=0,
                    max_dispersion_bps__gt=0,
                    half_life_seconds__gt=0,
                ),
                name="pair_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.symbol

    @property
    def symbol(self) -> str:
        """Write the pair as `EUR/USD`."""
        return f"{self.base_id}/{self.quote_id}"

    def terms(self, manual: Sides | None = None) -> Terms:
        """Say how its price is made; with `manual` it is that."""
        return Terms(
            method=self.method,
            max_jump_pct=self.max_jump_pct,
            max_deviation_bps=Decimal(self.max_deviation_bps),
            max_dispersion_bps=Decimal(self.max_dispersion_bps),
            half_life=timedelta(seconds=self.half_life_seconds),
            manual=manual,
        )
