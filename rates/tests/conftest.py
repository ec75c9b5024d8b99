"""Share what the tests of this floor need."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from providers.models import Provider
from providers.tests.servers import Scripted
from rates.board import board
from rates.models import Pair
from rates.price import Price
from rates.tests.backfilling import fixer_says
from rates.tests.builders import price
from rates.tests.scene import provider, publish_all, set_up, shared_rows


@pytest.fixture
def fed_board() -> Iterator[None]:
    """Feed the board of this process as its hub would, and leave it without one afterwards."""
    board.replace("a-stream", 7, [replace(price(), seq=7)])
    yield
    board.replace("", 0, [])


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """Forget what this run has priced on demand; Django's `clear` would empty other runs' caches too."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    # From the environment: a test may have taken the settings elsewhere.
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        for key in client.scan_iter(f"{settings.FX_KEY_PREFIX}:cache:*"):
            client.delete(key)


@pytest.fixture
def api() -> APIClient:
    """Ask as an anonymous program."""
    return APIClient()


@pytest.fixture
def prices(db: None) -> dict[str, Price]:
    """Publish all 36 pairs from two sources, just now."""
    return _published()


@pytest.fixture(scope="module")
def shared_prices(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Price]]:
    """Publish them once for a module whose tests may find them minutes old."""
    with shared_rows(django_db_blocker):
        yield _published(max_age_seconds=3600)


def _published(max_age_seconds: int | None = None) -> dict[str, Price]:
    set_up()
    Pair.objects.update(max_age_seconds=max_age_seconds)
    provider()
    provider("openexchangerates")
    return publish_all("fixer", "openexchangerates")


@pytest.fixture
def dated_vendor() -> Iterator[Scripted]:
    """Run a Fixer that knows every day, until a test has it say something else."""
    with Scripted() as scripted:
        scripted.script = lambda heard: fixer_says(heard.path.split("?")[0].strip("/"))
        yield scripted


@pytest.fixture
def fixer(db: None, dated_vendor: Scripted) -> Provider:
    """Have it asked as a source."""
    return provider("fixer", base_url=dated_vendor.url)
