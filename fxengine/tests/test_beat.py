"""Beat sends on, whatever happened to the clock."""

import time
from datetime import timedelta
from typing import Any

import pytest
from celery.beat import ScheduleEntry
from django.db import DatabaseError
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from fxengine import beat
from fxengine.beat import Scheduler
from fxengine.celery import app

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


class Recording(Scheduler):
    """A scheduler that notes what it would send."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        super().__init__(app=app, lazy=False)
        # At the end of this process the database is gone.
        self._finalize.cancel()

    def apply_async(self, entry: ScheduleEntry, *_: Any, **__: Any) -> None:
        """Note a task, as `reserve` has it that it ran."""
        self.sent.append(self.reserve(entry).task)


@pytest.fixture(autouse=True)
def task() -> PeriodicTask:
    every, _ = IntervalSchedule.objects.get_or_create(every=100_000, period=IntervalSchedule.MICROSECONDS)
    return PeriodicTask.objects.create(name="often", task="often", interval=every)


def ticks(scheduler: Recording, sent: int = 2) -> None:
    """Tick until some tasks were sent. Fails after five seconds."""
    deadline = time.monotonic() + 5
    while len(scheduler.sent) < sent:
        assert time.monotonic() < deadline, "nothing was sent"
        time.sleep(max(0, min(scheduler.tick(), 0.02)))


def test_it_sends_what_is_due() -> None:
    scheduler = Recording()
    ticks(scheduler)
    assert set(scheduler.sent) == {"often"}


@pytest.mark.parametrize("column", ["last_run_at", "date_changed"])
def test_a_run_in_the_future_does_not_stop_a_beat_that_starts(column: str) -> None:
    PeriodicTask.objects.update(**{column: timezone.now() + HOUR})
    ticks(Recording())


def test_a_clock_that_is_set_back_does_not_stop_a_beat_that_runs() -> None:
    scheduler = Recording()
    ticks(scheduler, 1)
    for entry in scheduler.schedule.values():
        entry.model.last_run_at = entry.last_run_at = timezone.now() + HOUR
    scheduler._dirty.add("often")
    scheduler._ticked = timezone.now() + HOUR
    ticks(scheduler, 3)
    scheduler.sync()
    last_run = PeriodicTask.objects.get().last_run_at
    assert last_run is not None
    assert last_run <= timezone.now()


def test_with_the_database_away_it_starts_over_as_soon_as_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Recording()
    PeriodicTask.objects.update(last_run_at=timezone.now() + HOUR)

    def away(_: Any) -> int:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(beat, "forget_future_runs", away)
        scheduler.tick()
        assert scheduler._ticked is None
    ticks(scheduler)
