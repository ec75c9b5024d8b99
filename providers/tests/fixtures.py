"""Have no test find in Redis what an earlier one did to a source."""

import os
from functools import cache

import pytest
import redis


@cache
def _client() -> redis.Redis:
    # From the environment: a test may take the settings elsewhere.
    return redis.Redis.from_url(os.environ["REDIS_URL"])


@pytest.fixture(autouse=True)
def _sources_unknown_to_redis(request: pytest.FixtureRequest) -> None:
    """Close every breaker and forget every pace and count before a test that may ask sources."""
    if request.node.get_closest_marker("django_db"):
        for kind in ("breaker", "pace", "polling", "between", "overlaps"):
            for name in _client().scan_iter(f"{os.environ['FX_KEY_PREFIX']}:{kind}:*", count=1000):
                _client().delete(name)
