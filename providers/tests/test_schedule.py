"""The schedule: one task per source, in step with what staff set."""

import json

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from providers.schedule import POLL_TASK, keep_in_step
from providers.tests.builders import source

pytestmark = pytest.mark.django_db


def test_an_enabled_source_is_polled_at_its_interval() -> None:
    keep_in_step(source(api_key="k", interval_seconds=7))
    task = PeriodicTask.objects.get()
    assert (task.name, task.task, json.loads(task.args)) == ("poll fixer", POLL_TASK, ["fixer"])
    assert (task.interval.every, task.interval.period) == (7, IntervalSchedule.SECONDS)
    assert task.enabled


@pytest.mark.parametrize(
    ("key", "api_key", "enabled", "sent"),
    [
        ("fixer", "k", True, True),
        ("fixer", "k", False, False),
        ("fixer", "", True, False),
        ("ecb", "", True, True),
        ("ecb", "", False, False),
    ],
)
def test_a_source_that_is_off_or_lacks_its_key_is_not_sent(
    key: str, api_key: str, enabled: bool, sent: bool
) -> None:
    keep_in_step(source(key, api_key=api_key, enabled=enabled))
    assert PeriodicTask.objects.get().enabled is sent


def test_it_follows_what_staff_change_without_a_second_task() -> None:
    provider = source(api_key="k", interval_seconds=7)
    keep_in_step(provider)
    provider.interval_seconds, provider.enabled = 9, False
    keep_in_step(provider)
    task = PeriodicTask.objects.get()
    assert (task.interval.every, task.enabled) == (9, False)


def test_sources_share_an_interval_and_have_a_task_each() -> None:
    keep_in_step(source(api_key="k", interval_seconds=7))
    keep_in_step(source("ecb", interval_seconds=7))
    assert IntervalSchedule.objects.count() == 1
    assert {task.name for task in PeriodicTask.objects.all()} == {"poll ecb", "poll fixer"}


def test_equal_intervals_that_staff_made_end_no_schedule() -> None:
    IntervalSchedule.objects.bulk_create(
        IntervalSchedule(every=7, period=IntervalSchedule.SECONDS) for _ in range(2)
    )
    keep_in_step(source(api_key="k", interval_seconds=7))
    assert PeriodicTask.objects.get().interval == IntervalSchedule.objects.earliest("pk")
    assert IntervalSchedule.objects.count() == 2


def test_a_running_beat_is_told() -> None:
    provider = source(api_key="k")
    keep_in_step(provider)
    before = PeriodicTasks.objects.get().last_update
    keep_in_step(provider)
    assert PeriodicTasks.objects.get().last_update > before
