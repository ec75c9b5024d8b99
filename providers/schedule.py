"""Keep one scheduled task per enabled source in step with what staff set."""

import json

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
