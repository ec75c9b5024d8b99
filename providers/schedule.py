"""Keep one scheduled task per enabled source in step with what staff set."""

import json
from datetime import datetime

from django.db.models import Q
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from providers.models import Provider

POLL_TASK = "fxengine.tasks.poll"


def keep_in_step(*providers: Provider) -> None:
    """Schedule sources at their intervals; one that is off or lacks its key is not sent at all."""
    seconds = {provider.interval_seconds for provider in providers}
    intervals = {every: interval_of(every, IntervalSchedule.SECONDS) for every in seconds}
    PeriodicTask.objects.bulk_create(
        [_task(provider, intervals[provider.interval_seconds]) for provider in providers],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["task", "args", "interval", "enabled", "date_changed"],
    )
    PeriodicTasks.update_changed()


def interval_of(every: int, period: str) -> IntervalSchedule:
    """Find an interval, or make it; staff may have made equal ones."""
    known = IntervalSchedule.objects.filter(every=every, period=period).order_by("pk")
    return known.first() or IntervalSchedule.objects.create(every=every, period=period)


def _task(provider: Provider, interval: IntervalSchedule) -> PeriodicTask:
    return PeriodicTask(
        name=f"poll {provider.key}",
        task=POLL_TASK,
        args=json.dumps([provider.key]),
        interval=interval,
        enabled=provider.enabled and not provider.idle,
    )


def forget_future_runs(now: datetime) -> int:
    """Let tasks whose last run lies ahead count as run just now, and count them.

    After a clock was set back they would not be sent until that time comes again.
    """
    # A task that never ran counts from its last change.
    ahead = Q(last_run_at__gt=now) | Q(last_run_at=None, date_changed__gt=now)
    forgotten: int = PeriodicTask.objects.filter(ahead).update(last_run_at=now)
    if forgotten:
        PeriodicTasks.update_changed()
    return forgotten
