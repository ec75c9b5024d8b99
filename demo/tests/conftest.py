"""Share one market in this process among the tests; demo.fixtures shares the one that is a process."""

import time
from collections.abc import Iterator

import pytest

from demo.exchange import Exchange, build_exchange
from demo.levels import EcbFile, installed_ecb_file
from demo.tests.running import Running


@pytest.fixture(scope="session")
def ecb_file() -> EcbFile:
    """Open the ECB's figures once."""
    return installed_ecb_file()


@pytest.fixture(scope="session")
def exchange(ecb_file: EcbFile) -> Exchange:
    """Build a market that no test changes."""
    return build_exchange(1, ecb_file, time.time)


@pytest.fixture
def market(market_server: Running) -> Iterator[Running]:
    """Lend the server out, and take it back moving and without faults."""
    yield market_server
    market_server.fault("*", "none")
    market_server.turn(frozen=False, open=True)
