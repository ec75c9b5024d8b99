"""Share the vendors and the log among the tests of this floor."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from structlog.stdlib import ProcessorFormatter

from providers import secrets
from providers.tests.servers import Market, Scripted


@pytest.fixture(scope="session")
def _market() -> Iterator[Market]:
    """Start the demo market once."""
    market = Market()
    yield market
    market.stop()


@pytest.fixture
def market(_market: Market, settings: Settings) -> Iterator[Market]:
    """Lend the demo market out as the one that sources speak to, and take it back without faults."""
    settings.FX_DEMO_MARKET_URL = _market.url
    yield _market
    _market.fault("*", "none")


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    """Run a vendor that says what the test has it say."""
    with Scripted() as scripted:
        yield scripted


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Collect what the log writes, line by line as in production."""
    written = io.StringIO()
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h.formatter, ProcessorFormatter))
    monkeypatch.setattr(handler, "stream", written)
    return written


@pytest.fixture
def fernet_keys(settings: Settings) -> Iterator[Settings]:
    """Let a test change `FX_SECRET_KEYS`; it calls `reload_keys` after each change."""
    yield settings
    secrets._fernet.cache_clear()


def reload_keys(settings: Settings, *keys: str) -> None:
    """Set `FX_SECRET_KEYS` as a restart would."""
    settings.FX_SECRET_KEYS = list(keys)
    secrets._fernet.cache_clear()


@pytest.fixture
def staff(client: Client) -> Client:
    """Log somebody in who may do everything."""
    client.force_login(User.objects.create_superuser("admin"))
    return client
