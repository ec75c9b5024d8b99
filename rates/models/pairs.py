"""Store currencies and the pairs we price."""

from __future__ import annotations

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords


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
    PRIMARY = "primary"


class PairQuerySet(models.QuerySet["Pair"]):
    """Verbs for reading pairs."""

    def tracked(self) -> Self:
        """Keep those whose price is published."""
        return self.filter(tracked=True).order_by("base", "quote")

    def of(self, currencies: set[str]) -> Self:
        """Keep those with one of these currencies on either side."""
        return self.filter(Q(base__in=currencies) | Q(quote__in=currencies))

    def methods_against(self, pivot: str) -> dict[str, str]:
        """Map each currency that has a pair with the pivot to the method of that pair."""
        pairs = self.of({pivot}).values_list("base", "quote", "method")
        return {quote if base == pivot else base: method for base, quote, method in pairs}


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
        ]

    def __str__(self) -> str:
        return self.symbol

    @property
    def symbol(self) -> str:
        """Write the pair as `EUR/USD`."""
        return f"{self.base_id}/{self.quote_id}"
