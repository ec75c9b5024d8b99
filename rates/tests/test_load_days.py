"""Loading past years from sources that tell a day an answer: closed days, late lists, hiccups, plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from time import perf_counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from providers.models import Poll, Provider, QuotaUsage
from providers.tests.servers import Heard, Reply, Scripted
from rates.models import ReferenceRate
from rates.tests.scene import provider, set_up

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def load(key: str, days: int) -> str:
    said = StringIO()
    call_command("load_reference", provider=key, days=str(days), pause=0.0, stdout=said, stderr=StringIO())
    return said.getvalue()


def asked_of(heard: Heard, name: str) -> date:
    """Read the day that a request asks for."""
    return date.fromisoformat(heard.path.split(f"{name}=")[1][:10])


def days_of(source: str, **columns: str) -> set[date]:
    rows = ReferenceRate.objects.filter(source=source, **columns)
    return set(rows.values_list("date", flat=True))


def back(days: int) -> set[date]:
    return {TODAY - timedelta(days=age) for age in range(days + 1)}


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    with Scripted() as scripted:
        yield scripted


def test_days_on_which_a_bank_is_closed_end_no_load(vendor: Scripted) -> None:
    provider("boc", interval=300, base_url=vendor.url)

    def script(heard: Heard) -> Reply:
        day = asked_of(heard, "start_date")
        rows = [] if day.weekday() > 4 else [{"d": str(day), "FXUSDCAD": {"v": "1.37"}}]
        return Reply(200, json.dumps({"observations": rows}).encode())

    vendor.script = script
    load("boc", 9)
    assert days_of("boc") == {day for day in back(9) if day.weekday() < 5}


def test_a_list_that_carries_an_older_rate_along_ends_no_load(vendor: Scripted) -> None:
    provider("frankfurter_v2", interval=300, base_url=vendor.url)

    def script(heard: Heard) -> Reply:
        day = asked_of(heard, "date")
        carried = {"date": str(day - timedelta(days=1)), "base": "USD", "quote": "ZAR", "rate": 18}
        rows = [{"date": str(day), "base": "USD", "quote": "EUR", "rate": 0.9}, carried]
        return Reply(200, json.dumps(rows).encode())

    vendor.script = script
    load("frankfurter_v2", 5)
    assert days_of("frankfurter_v2", quote="EUR") == back(5)


@pytest.fixture
def two_series(vendor: Scripted) -> Scripted:
    """Run a source that wants a request for each currency, and track two of them."""
    set_up("EUR/USD", "GBP/USD")
    provider("fred", interval=300, base_url=vendor.url)
    vendor.script = observed
    return vendor


def observed(heard: Heard) -> Reply:
    rows = [{"date": str(asked_of(heard, "observation_start")), "value": "1.1"}]
    return Reply(200, json.dumps({"observations": rows}).encode())


def test_a_day_of_which_a_part_cannot_be_read_is_not_kept_by_halves(two_series: Scripted) -> None:
    two_series.script = lambda heard: Reply(200, b"garbled") if "DEXUSEU" in heard.path else observed(heard)
    with pytest.raises(CommandError, match=f"fred at {min(back(2))}: bad_body, "):
        load("fred", 2)
    assert days_of("fred") == set()
    two_series.script = observed
    load("fred", 2)
    assert days_of("fred", base="EUR") == days_of("fred", base="GBP") == back(2)


def test_days_count_in_the_plan_and_end_with_it(two_series: Scripted) -> None:
    Provider.objects.update(requests_per_month=5)
    with pytest.raises(CommandError, match=r"fred at .*: quota, the plan has nothing left for it"):
        load("fred", 3)
    assert len(two_series.heard) == QuotaUsage.objects.get().used == 4
    assert len(days_of("fred")) == 2
    assert not Poll.objects.exists()


def test_days_are_asked_for_no_faster_than_a_minute_of_the_plan_allows(two_series: Scripted) -> None:
    Provider.objects.update(requests_per_minute=600, enabled=False)
    began = perf_counter()
    load("fred", 2)
    assert len(two_series.heard) == 6
    assert perf_counter() - began > 2 * 60 / 600 * 2


def test_a_mirror_counts_in_nobodys_plan(two_series: Scripted) -> None:
    call_command(
        "load_reference", "--from", f"{two_series.url}mirror/", provider="fred", days="1", pause=0.0,
        stdout=StringIO(), stderr=StringIO(),
    )  # fmt: skip
    assert days_of("fred", base="EUR") == back(1)
    assert not QuotaUsage.objects.exists()
