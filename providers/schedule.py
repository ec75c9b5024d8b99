"""Keep one scheduled task per enabled source in step with what staff set."""

import json
from datetime import datetime

from django.db.models import Q
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from providers.models import Provider

POLL_TASK = "fxengine.tasks.poll"


def keep_in_step(provider: Provider) -> None:
    """Schedule a source at its interval; one that is off or lacks its key is not sent at all."""
    every, _ = IntervalSchedule.objects.get_or_create(
        every=provider.interval_seconds, period=IntervalSchedule.SECONDS
    )
    PeriodicTask.objects.update_or_create(
        name=f"poll {provider.key}",
        defaults={
            "task": POLL_TASK,
            "args": json.dumps([provider.key]),
            "interval": every,
            "enabled": provider.enabled and not provider.idle,
        },
    )
    PeriodicTasks.update_changed()


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
