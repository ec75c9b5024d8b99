"""Share what the tests of this floor need."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from rates.board import board
from rates.price import Price
from rates.tests.builders import price
from rates.tests.scene import LEVELS, NINE, provider, run, said, set_up


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
    set_up()
    now = timezone.now()
    per_dollar = {code: LEVELS[code] for code in NINE if code != "USD"}
    provider()
    provider("openexchangerates")
    ticks = said(at=now, **per_dollar) + said("openexchangerates", at=now, behind=0.5, **per_dollar)
    return {price.symbol: price for price in run(ticks, now)}
