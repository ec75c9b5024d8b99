"""What is past its retention goes, in short statements; what is not stays, and candles always."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from conversions.models import IdempotencyKey
from fxengine import retention
from providers import partitions
from providers.models import BreakerTransition, Poll, Provider, QuarantinedTick, TickLog
from rates.current import tracked_prices
from rates.models import Candle, Rate, RateDecision
from rates.tests.scene import run, said

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


DROPPED = {"tick_days": 0, "ticks": 1, "quarantined": 1, "polls": 1, "moves": 1, "keys": 1}


def log_tick(moment: datetime) -> None:
    """Log a tick that was received at a moment."""
    TickLog.objects.create(
        provider=Provider.objects.get(key="fixer"), base="EUR", quote="USD", mid=Decimal(1), as_of=moment,
        as_of_basis="vendor", received_at=moment,
    )  # fmt: skip


def quarantine_tick(mid: str, moment: datetime) -> None:
    """Quarantine a tick that was received at a moment."""
    QuarantinedTick.objects.create(
        provider=Provider.objects.get(key="fixer"), base="EUR", quote=mid[:3], reason="crossed", mid=mid,
        as_of=moment, as_of_basis="vendor", received_at=moment, first_at=moment, times=1,
    )  # fmt: skip


def fill(now: datetime) -> None:
    """Store of everything one row that is just too old and one that is just young enough."""
    fixer = Provider.objects.get(key="fixer")
    for late in (SECOND, -SECOND):
        log_tick(now - settings.TICK_RETENTION - late)
        quarantine_tick(str(late), now - settings.TICK_RETENTION - late)
        polled = now - settings.POLL_RETENTION - late
        Poll.objects.create(provider=fixer, started_at=polled, latency_ms=1, outcome="ok")
        BreakerTransition.objects.create(provider=fixer, at=polled, before="open", after="closed", reason="-")
        IdempotencyKey.objects.create(
            owner="user:1", key=str(late), fingerprint="", status=201, body="{}",
            created_at=now - timedelta(hours=24) - late,
        )  # fmt: skip


def publish(*ages: timedelta, now: datetime) -> None:
    """Publish a run of each age, the oldest first."""
    for number, age in enumerate(ages):
        run(said(at=now - age, EUR=f"0.9{number}", GBP="0.78"), now - age)


def test_cleaning_drops_what_is_past_its_retention_and_nothing_else(seeded: None) -> None:
    now = timezone.now()
    fill(now)
    counted = retention.count(now)
    dropped = retention.clean(now)
    assert dropped == counted == DROPPED
    assert [table.objects.count() for table in (TickLog, Poll, BreakerTransition, IdempotencyKey)] == [1] * 4
    assert TickLog.objects.get().received_at > now - settings.TICK_RETENTION
    assert set(retention.clean(now).values()) == {0}


def test_it_makes_the_partitions_of_the_days_ahead(seeded: None) -> None:
    now = timezone.now()
    retention.clean(now)
    assert partitions.days()[-1] == now.date() + timedelta(days=partitions.DAYS_AHEAD)


def test_prices_are_kept_for_ever_unless_the_installation_says_otherwise(seeded: None) -> None:
    now = timezone.now()
    publish(timedelta(days=4000), timedelta(0), now=now)
    retention.clean(now)
    assert Rate.objects.filter(seq=1).exists()


def test_rates_and_their_decisions_go_by_whole_runs_and_candles_stay(
    seeded: None, settings: Settings
) -> None:
    settings.RATE_RETENTION = timedelta(days=2)
    now = timezone.now()
    publish(timedelta(days=3), timedelta(days=2) + SECOND, timedelta(days=2) - SECOND, timedelta(0), now=now)
    candles = Candle.objects.count()
    expected = {
        "rates": Rate.objects.filter(seq__lte=2).count(),
        "decisions": RateDecision.objects.filter(seq__lte=2).count(),
    }
    assert expected["decisions"] == 4
    dropped = retention.clean(now)
    assert {name: dropped[name] for name in expected} == expected
    assert set(Rate.objects.values_list("seq", flat=True)) == {3, 4}
    assert set(RateDecision.objects.values_list("seq", flat=True)) == {3, 4}
    assert Candle.objects.count() == candles
    assert len(tracked_prices()[2]) == 3


def test_a_house_that_was_silent_for_longer_than_it_keeps_prices_keeps_none(
    seeded: None, settings: Settings
) -> None:
    settings.RATE_RETENTION = timedelta(days=2)
    now = timezone.now()
    publish(timedelta(days=3), now=now)
    retention.clean(now)
    assert not Rate.objects.exists()
    assert not RateDecision.objects.exists()


def prune(*options: str) -> dict[str, int]:
    written = io.StringIO()
    call_command("prune", *options, stdout=written)
    return {kind: int(rows) for kind, rows in map(str.split, written.getvalue().splitlines())}


def test_pruning_by_hand_counts_first_and_drops_then(seeded: None) -> None:
    fill(timezone.now())
    assert prune("--dry-run") == DROPPED
    assert Poll.objects.count() == 2
    assert prune() == DROPPED
    assert Poll.objects.count() == 1


def test_dropping_takes_one_short_statement_for_each_batch(
    seeded: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    fixer = Provider.objects.get(key="fixer")
    Poll.objects.bulk_create(
        Poll(provider=fixer, started_at=now - timedelta(seconds=age), latency_ms=1, outcome="ok")
        for age in range(25)
    )
    with django_assert_num_queries(2) as statements:
        assert Poll.objects.started_before(now - timedelta(seconds=12)).drop(batch=10) == 12
    assert all("LIMIT 10" in statement["sql"] for statement in statements)
    with django_assert_num_queries(3):
        assert Poll.objects.all().drop(batch=5) == 13
    with django_assert_num_queries(1):
        assert Poll.objects.all().drop(batch=5) == 0
