"""Offer a running demo market to the tests of the whole house."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from demo.tests.running import Running


@pytest.fixture(scope="session")
def market_server() -> Iterator[Running]:
    """Run one market for all tests that need vendors."""
    running = Running("--seed", "7")
    yield running
    running.stop()


@pytest.fixture
def vendors(market_server: Running, settings: Settings) -> Iterator[Running]:
    """Point the house at the market, whose vendors are healthy before and after the test."""
    settings.FX_DEMO_MARKET_URL = str(market_server.client.base_url)
    yield market_server
    market_server.fault("*", "none")
    market_server.turn(frozen=False, open=True)
