"""Workers that race on the same pairs, and die in between, leave numbers, times, ticks and candles right."""

from __future__ import annotations

from pathlib import Path

import pytest

from rates.models import Rate
from rates.tests.scene import NINE, provider, set_up
from tests.racing import SOURCES, Racer, race, violations

WORKERS = 4
EIGHT = tuple(code for code in NINE if code != "USD")


@pytest.fixture
def racers(transactional_db: None, tmp_path: Path) -> list[Racer]:
    """Set up a database that four workers share."""
    set_up()
    for key in SOURCES:
        provider(key)
    return [Racer(number, EIGHT, tmp_path / f"{number}.txt") for number in range(WORKERS)]


def test_four_workers_that_race_and_die_break_no_promise(racers: list[Racer]) -> None:
    assert race(racers, 1.5, kills=3) == 3
    assert violations(racers) == []
    assert sum(racer.polls for racer in racers) >= WORKERS


@pytest.mark.faults
def test_a_minute_of_racing_and_dying_breaks_no_promise(racers: list[Racer]) -> None:
    killed = race(racers, 60, kills=80)
    runs = Rate.objects.values("seq").distinct().count()
    polls = [racer.polls for racer in racers]
    print(f"{killed} kills, {sum(polls)} polls acknowledged, {runs} runs, {Rate.objects.count()} rates")
    assert killed == 80
    assert violations(racers) == []
    assert min(polls) > 20


@pytest.mark.faults
def test_without_the_counters_lock_promises_break(racers: list[Racer]) -> None:
    for racer in racers:
        racer.locks = False
    race(racers, 5, kills=0)
    assert violations(racers) != []
