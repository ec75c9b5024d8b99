"""Telling old ticks again: the same prices in the same order, as of now, at a pace, in a demo only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from itertools import groupby
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from demo.tests.running import eventually
from fxengine import pulse
from fxengine.replay import recorded
from fxengine.seeds import seed
from fxengine.tests.test_stream_source import database_url
from providers.adapters.base import Tick
from providers.models import NewestTick, Provider, TickLog
from providers.services import keep
from rates.models import Rate, RunCounter
from rates.tests.scene import fixed, publish_all, said

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("fixer", "freecurrencyapi", "openexchangerates")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _sources_may_be_polled() -> Iterator[None]:
    yield
    cache.delete_many([f"pulse:stream:{key}" for key in SOURCES])


@pytest.fixture
def began(seeded: None) -> datetime:
    """Seed the house, and name a moment an hour ago."""
    return timezone.now() - timedelta(hours=1)


def log(ticks: list[Tick]) -> None:
    """Have ticks in the log as old ones: none of them is news."""
    keep(ticks)
    NewestTick.objects.all().delete()


def walk(began: datetime, answers: int = 12) -> list[Tick]:
    """Let the three sources say one after the other what the euro costs, half a second apart."""
    chance = Random(7)
    return [
        tick
        for number in range(answers)
        for tick in said(
            SOURCES[number % 3],
            at=began + number * SECOND / 2,
            behind=chance.random() * 5,
            EUR=str(round(0.92 + chance.uniform(-0.0005, 0.0005), 6)),
        )
    ]


def replay(first: datetime, *arguments: str) -> dict[str, Any]:
    told = StringIO()
    span = ("--from", first.isoformat())
    call_command("replay", *span, *arguments, "--json", stdout=told, stderr=StringIO())
    found: dict[str, Any] = json.loads(told.getvalue())
    return found


def euro() -> list[Rate]:
    return list(Rate.objects.filter(pair__base="EUR", pair__quote="USD").order_by("seq"))


def medians(ticks: list[Tick]) -> list[Decimal]:
    """Price the euro after each answer from what each source said last."""
    newest: dict[str, Fraction] = {}
    found = []
    for tick in ticks:
        newest[tick.provider] = 1 / Fraction(tick.mid)
        middle = Fraction(median(newest.values()))
        found.append(Decimal(middle.numerator) / Decimal(middle.denominator))
    return found


def test_the_same_prices_are_made_in_the_same_order_as_of_now(began: datetime) -> None:
    ticks, started = walk(began), timezone.now()
    log(ticks)
    told = replay(began, "--speed", "max")
    rates = euro()
    assert [float(rate.mid) for rate in rates] == pytest.approx(
        [float(mid) for mid in medians(ticks)], rel=1e-11
    )
    assert all(started < rate.as_of < timezone.now() and rate.as_of_basis == "received" for rate in rates)
    assert [rate.as_of for rate in rates] == sorted({rate.as_of for rate in rates})
    assert (told["answers"], told["ticks"], told["prices"], told["stopped"]) == (12, 12, 12, False)


def test_no_tick_is_lost_however_often_it_is_told_and_a_replay_never_hears_itself(began: datetime) -> None:
    log(walk(began))
    assert replay(began, "--speed", "0")["ticks"] == 12
    assert replay(began, "--to", (began + 60 * SECOND).isoformat(), "--speed", "0")["ticks"] == 12
    assert replay(began, "--speed", "0")["ticks"] == 36
    assert TickLog.objects.count() == 72
    assert len(euro()) == 60


def test_what_sources_say_now_is_not_mixed_with_what_they_said(began: datetime) -> None:
    log(walk(began, 1))
    publish_all(*SOURCES)
    replay(began, "--to", (began + SECOND).isoformat(), "--speed", "max")
    assert set(NewestTick.objects.values_list("provider__key", flat=True)) == {"fixer"}
    assert euro()[-1].sources == 1
    assert all(pulse.speaks(key) for key in SOURCES)


def test_ticks_of_one_answer_stay_together(began: datetime) -> None:
    log(said(at=began, EUR="0.92", JPY="151.8") + said(at=began + SECOND, EUR="0.93", JPY="151.9"))
    replay(began, "--speed", "max")
    rows = NewestTick.objects.values_list("received_at", "as_of", flat=False).distinct()
    assert len(rows) == 1
    crosses = Rate.objects.filter(pair__base="EUR", pair__quote="JPY").order_by("seq")
    assert [round(rate.mid, 4) for rate in crosses] == [Decimal("165.0000"), Decimal("163.3333")]


def test_a_fixing_is_left_out(began: datetime) -> None:
    log([*walk(began, 3), *fixed(began, at=began + SECOND, USD="1.0869")])
    told = replay(began, "--speed", "max")
    assert (told["answers"], told["ticks"], told["fixings"]) == (4, 3, 1)
    assert not TickLog.objects.filter(provider__key="ecb", received_at__gt=began + SECOND).exists()


def test_answers_come_as_far_apart_as_they_did_by_the_speed(began: datetime) -> None:
    log(walk(began, 5))
    told = replay(began, "--speed", "10")
    first, *_, last = euro()
    assert timedelta(seconds=0.15) < last.as_of - first.as_of
    assert told["seconds"] >= 0.2


def test_the_silence_before_the_first_answer_is_not_waited_for(began: datetime) -> None:
    log(walk(began, 1))
    assert replay(began - timedelta(days=3), "--speed", "0.001")["answers"] == 1


@pytest.mark.parametrize("most", [1, 2, 3, 7, 5000])
def test_the_log_is_read_in_parts_without_tearing_an_answer(began: datetime, most: int) -> None:
    chance, now, ticks = Random(most), began, []
    for number in range(40):
        now += chance.choice([0, 0.001, 1, 90]) * SECOND
        codes = chance.sample(["EUR", "GBP", "JPY", "CHF", "CAD"], chance.randint(1, 5))
        ticks += said(SOURCES[number % 3], at=now, behind=number / 1000, **dict.fromkeys(codes, "0.9"))
    log(ticks)
    rows = TickLog.objects.values_list("received_at", "provider__key", "base", "quote")
    answers = groupby(sorted(rows.order_by("received_at", "provider_id")), lambda row: row[:2])
    read = list(recorded(began, now, most))
    wanted = [sorted(pairs) for _, pairs in answers if _[0] < now]
    assert [sorted((t.received_at, t.provider, t.base, t.quote) for t in part) for part in read] == wanted


@pytest.mark.parametrize("held", ["setting", "database"])
def test_a_live_house_is_not_touched(began: datetime, settings: Settings, held: str) -> None:
    publish_all("fixer")
    if held == "setting":
        settings.FX_DEMO, settings.FX_ENVIRONMENT = False, "live"
    else:
        RunCounter.objects.update(environment="live")
    before = (NewestTick.objects.count(), TickLog.objects.count(), Rate.objects.count())
    with pytest.raises(CommandError, match=r"this is no demo|holds live prices"):
        replay(began)
    assert (NewestTick.objects.count(), TickLog.objects.count(), Rate.objects.count()) == before
    assert not pulse.speaks("fixer")


def test_nothing_to_tell_is_said(began: datetime) -> None:
    publish_all("fixer")
    for arguments in (["--to", began.isoformat()], ["--to", (began + SECOND).isoformat()]):
        with pytest.raises(CommandError, match="No ticks are stored from"):
            replay(began, *arguments)
    assert NewestTick.objects.exists()


@pytest.mark.parametrize("arguments", [["--speed", "-1"], ["--speed", "fast"], ["--to", "noon"]])
def test_it_says_what_it_does_not_understand(began: datetime, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        replay(began, *arguments)


@pytest.mark.django_db(transaction=True)
def test_an_interrupt_ends_it_between_two_answers() -> None:
    seed()
    began = timezone.now() - timedelta(hours=1)
    log(walk(began, 2) + walk(began + 600 * SECOND, 2))
    running = subprocess.Popen(
        [sys.executable, "manage.py", "replay", "--from", began.isoformat(), "--speed", "1"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    eventually(lambda: len(euro()) == 2, 20)
    assert pulse.speaks("fixer")
    running.send_signal(signal.SIGINT)
    told, errors = running.communicate(timeout=10)
    assert running.returncode == 0, errors
    assert told.startswith("stopped: 2 answers with 2 ticks made 2 prices")
    assert Provider.objects.filter(enabled=True).count() == 4
