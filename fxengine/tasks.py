"""Name the tasks that beat sends; each only calls the room that does the work."""

from celery import shared_task
from django.utils import timezone

from fxengine import pipeline, pulse, retention, slots


@shared_task(name="fxengine.tasks.poll", ignore_result=True)
def poll(key: str, *, again: bool = False) -> None:
    """Poll one source in its turn; a task that comes too early for it is sent once more."""
    back_in_s = slots.poll_in_turn(key, pipeline.run)
    if back_in_s and not again:
        poll.apply_async((key,), {"again": True}, countdown=back_in_s)


@shared_task(name="fxengine.tasks.poll_all", ignore_result=True)
def poll_all() -> None:
    """Send a poll for every enabled source."""
    for key in pipeline.pollable():
        poll.delay(key)


@shared_task(name="fxengine.tasks.beat", ignore_result=True)
def beat(**_: str) -> None:
    """Show that beat, broker and worker work together."""
    pulse.beat(timezone.now())


@shared_task(name="fxengine.tasks.reprice", ignore_result=True)
def reprice() -> None:
    """Heed what staff changed, where nothing is polled."""
    pipeline.heed(timezone.now())


@shared_task(name="fxengine.tasks.clean", ignore_result=True)
def clean() -> None:
    """Drop what is past its retention, and make ready for the ticks of the days ahead."""
    retention.clean(timezone.now())
