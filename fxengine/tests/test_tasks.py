"""Tasks call the room that does the work, and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from fxengine import pulse, tasks
from providers.models import Poll, Provider
from rates.tests.scene import Market

pytestmark = pytest.mark.django_db
QUEUE = f"{settings.FX_KEY_PREFIX}:celery:celery"


@pytest.fixture(autouse=True)
def client() -> Iterator[redis.Redis]:
    """Give a connection to the broker, without leftovers before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as connected:
        connected.delete(QUEUE, *connected.scan_iter(f"{settings.FX_KEY_PREFIX}:slot:*"))
        yield connected
        connected.delete(QUEUE)


def queued(client: redis.Redis) -> list[tuple[str, Any]]:
    """List the tasks that wait at the broker, with their arguments."""
    messages = [json.loads(message) for message in client.lrange(QUEUE, 0, -1)]
    return sorted(
        (message["headers"]["task"], json.loads(base64.b64decode(message["body"]))[0]) for message in messages
    )


def test_polling_twice_in_a_slot_asks_the_vendor_once(seeded: None, vendors: Market) -> None:
    Provider.objects.update(interval_seconds=3600)
    tasks.poll("fixer")
    tasks.poll("fixer")
    assert list(Poll.objects.values_list("provider__key", flat=True)) == ["fixer"]


def test_a_task_that_comes_early_is_sent_once_more(
    seeded: None, vendors: Market, client: redis.Redis
) -> None:
    Provider.objects.update(interval_seconds=50)
    for again in (False, False, True):
        tasks.poll("fixer", again=again)
    assert Poll.objects.count() == 1
    assert queued(client) == [("fxengine.tasks.poll", ["fixer"])]


def test_a_source_whose_key_cannot_be_read_fails_for_all_to_see(seeded: None) -> None:
    Provider.objects.update(sealed_key="sealed with a key that is gone")
    tasks.poll("fixer")
    poll = Poll.objects.get()
    assert (poll.outcome, poll.detail) == ("auth", "no key of FX_SECRET_KEYS opens this secret")


def test_a_task_for_a_source_that_is_off_does_nothing(seeded: None, vendors: Market) -> None:
    Provider.objects.update(enabled=False)
    tasks.poll("fixer")
    assert not Poll.objects.exists()


def test_polling_all_sends_one_task_for_each_source_that_can_speak(seeded: None, client: redis.Redis) -> None:
    Provider.objects.filter(key="fixer").update(enabled=False)
    tasks.poll_all()
    keys = ("ecb", "freecurrencyapi", "openexchangerates")
    assert queued(client) == [("fxengine.tasks.poll", [key]) for key in keys]


def test_the_beat_leaves_a_pulse() -> None:
    before = timezone.now()
    tasks.beat()
    seen = pulse.last()
    assert seen is not None
    assert before <= seen <= timezone.now()


def test_cleaning_cleans(seeded: None) -> None:
    fixer, old = Provider.objects.get(key="fixer"), timezone.now() - timedelta(days=400)
    Poll.objects.create(provider=fixer, started_at=old, latency_ms=1, outcome="ok")
    tasks.clean()
    assert not Poll.objects.exists()


def test_every_scheduled_task_exists_under_its_name(seeded: None) -> None:
    scheduled = set(PeriodicTask.objects.values_list("task", flat=True)) - {"celery.backend_cleanup"}
    ours = ("poll", "beat", "reprice", "clean")
    assert scheduled == {f"fxengine.tasks.{name}" for name in ours}
    assert scheduled <= set(current_app.tasks)
