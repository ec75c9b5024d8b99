"""Share what the tests of this floor need."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from django.conf import settings

from rates.board import board
from rates.tests.builders import price


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
