"""Store what was published: the counter of runs, their decisions, and every price."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from uuid_utils.compat import uuid7

from providers.adapters.base import Basis
from providers.fields import RateField, positive
from providers.querysets import Droppable
from rates.models.pairs import Pair, PairQuerySet
from rates.price import EXACT, Price


class RunCounter(models.Model):
    """The one counter that gives each run its `seq`; locking it serialises runs.

    It remembers the environment whose prices this database holds: simulated ones cannot pass for real.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stream = models.UUIDField(default=uuid.uuid4)
    seq = models.PositiveBigIntegerField(default=0)
    environment = models.CharField(max_length=4, choices=[("live", "live"), ("demo", "demo")])
    recorded_at = models.DateTimeField(null=True, help_text="When the newest run was recorded.")
    # What staff had ordered when all pairs were last priced by it: anything else is news.
    orders = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="runcounter_single")]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}"

    def advance(self, now: datetime) -> datetime:
        """Take the next number; return the run's time: `now`, or the last run's where a clock went back."""
        self.seq += 1
        self.recorded_at = max(now, self.recorded_at or now)
        self.save(update_fields=["seq", "recorded_at"])
        return self.recorded_at


class RateDecisionQuerySet(Droppable["RateDecision"]):
    """Verbs for reading decisions."""

    def before_run(self, seq: int) -> Self:
        """Keep those of the runs before this one."""
        return self.filter(seq__lt=seq)


class RateDecision(models.Model):
    """What one run decided for one currency, with every source's part in it.

    A pair that is decided by itself stands under its symbol. `terms` is what else the decision rests on.
    """

    seq = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=7)
    inputs = models.JSONField()
    terms = models.JSONField(default=dict)

    objects = RateDecisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seq", "currency"], name="ratedecision_once")
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.currency}"


class RateQuerySet(Droppable["Rate"]):
    """Verbs for reading rates."""

    def recorded_before(self, moment: datetime) -> Self:
        """Keep those of the runs before a moment."""
        return self.filter(recorded_at__lt=moment)

    def first_run_since(self, moment: datetime) -> int:
        """Name the first run since a moment; where there was none, the next one there will be."""
        since = self.filter(recorded_at__gte=moment).order_by("recorded_at", "seq")
        found = since.values_list("seq", flat=True).first()
        return found or RunCounter.objects.get().seq + 1

    def newest_as_of(self, pairs: PairQuerySet) -> dict[int, datetime]:
        """Map each pair that has a price to the newest one's time in the market: one index probe per pair."""
        newest = Rate.objects.filter(pair=OuterRef("pk")).order_by("-seq").values("as_of")[:1]
        found = pairs.annotate(newest=Subquery(newest)).values_list("pk", "newest")
        return {pk: as_of for pk, as_of in found if as_of}

    def newest_of(self, pairs: PairQuerySet, *, until: int) -> Self:
        """Keep each pair's newest rate up to a run: one index probe per pair."""
        known = Rate.objects.filter(pair=OuterRef("pk"), seq__lte=until)
        newest = known.order_by("-seq").values("pk")[:1]
        return self.filter(
            pk__in=list(pairs.annotate(newest=Subquery(newest)).values_list("newest", flat=True))
        )


class Rate(models.Model):
    """A published price. Append-only: a receipt may point at it for as long as prices are kept.

    Of one pair `seq` and `recorded_at` rise together, and `as_of` never falls.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="rates", db_index=False)
    seq = models.PositiveBigIntegerField()
    bid = RateField()
    ask = RateField()
    mid = RateField()
    spread = models.GeneratedField(expression=F("ask") - F("bid"), output_field=RateField(), db_persist=True)
    as_of = models.DateTimeField()
    as_of_basis = models.CharField(max_length=8)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=31, help_text="The currencies gone through, as `AUD/USD/CAD`.")
    sources = models.PositiveSmallIntegerField()
    dispersion_bps = models.DecimalField(max_digits=12, decimal_places=1)
    confidence = models.CharField(max_length=4)
    market = models.CharField(max_length=6)
    max_age = models.DurationField()

    objects = RateQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Also read for the newest rate of a pair, backwards.
            models.UniqueConstraint(fields=["pair", "seq"], name="rate_once_per_run"),
            models.CheckConstraint(condition=positive("bid"), name="rate_bid_positive"),
            models.CheckConstraint(condition=positive("ask"), name="rate_ask_positive"),
            models.CheckConstraint(
                condition=positive("mid") & Q(mid__gte=F("bid")) & Q(mid__lte=F("ask")),
                name="rate_mid_between",
            ),
        ]
        indexes: ClassVar = [
            # Read for pages of a pair's prices by the market's time, in the order of their publication.
            models.Index(fields=["pair", "as_of", "seq"], name="rate_pair_as_of"),
            # Read by the daily clean-up, which drops by age. A run's rates share one entry.
            models.Index(fields=["recorded_at"], name="rate_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.mid.normalize():f}"

    @classmethod
    def of(cls, price: Price, pair_id: int, seq: int, recorded_at: datetime) -> Rate:
        """Make the row of a price that a run published."""
        return cls(
            pair_id=pair_id,
            seq=seq,
            recorded_at=recorded_at,
            bid=price.bid,
            ask=price.ask,
            mid=price.mid,
            as_of=price.as_of,
            as_of_basis=price.as_of_basis.value,
            received_at=price.received_at,
            method=price.method,
            path="/".join(price.path),
            sources=price.sources,
            dispersion_bps=price.dispersion_bps,
            confidence=price.confidence,
            market=price.market,
            max_age=price.max_age,
        )

    def as_price(self) -> Price:
        """Give the price as it was published."""
        bid, ask, mid = (side.normalize(EXACT) for side in (self.bid, self.ask, self.mid))
        max_age: timedelta = self.max_age
        return Price(
            base=self.pair.base_id,
            quote=self.pair.quote_id,
            bid=bid,
            ask=ask,
            mid=mid,
            as_of=self.as_of,
            as_of_basis=Basis(self.as_of_basis),
            received_at=self.received_at,
            method=self.method,
            path=tuple(self.path.split("/")),
            sources=self.sources,
            dispersion_bps=self.dispersion_bps,
            confidence=self.confidence,
            max_age=max_age,
            market=self.market,
            seq=self.seq,
            rate_id=self.id,
        )
