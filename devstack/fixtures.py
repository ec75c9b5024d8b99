"""Offer engines of a test's own, to stop, kill and restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.engines import Postgres, Valkey


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """Run a durable PostgreSQL for one test."""
    with Postgres(tmp_path / "postgres") as engine:
        yield engine
    engine.erase()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """Run a durable Valkey for one test."""
    with Valkey(tmp_path / "valkey") as engine:
        yield engine
