"""Share one market in this process and one server process among the tests."""

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


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """Start the server once."""
    running = Running("--seed", "7")
    yield running
    code, _ = running.stop()
    assert code == 0


@pytest.fixture
def market(server: Running) -> Iterator[Running]:
    """Lend the server out, and take it back moving and without faults."""
    yield server
    server.fault("*", "none")
    server.turn(frozen=False, open=True)
