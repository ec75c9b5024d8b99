"""Share a seeded house and its callers among the tests of the roof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from fxengine.seeds import seed
from rates.models import Pair
from rates.price import Price
from rates.tests.scene import publish_all, shared_rows


@pytest.fixture
def seeded(db: None) -> None:
    """Bring the database to where a first start has it."""
    seed()


@pytest.fixture
def prices(seeded: None) -> dict[str, Price]:
    """Publish the 36 pairs from one source, just now."""
    return publish_all("fixer")


@pytest.fixture(scope="module")
def shared_prices(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Price]]:
    """Seed and publish once for a module whose tests may find the prices minutes old."""
    with shared_rows(django_db_blocker):
        seed()
        Pair.objects.update(max_age_seconds=3600)
        yield publish_all("fixer")


@pytest.fixture
def api() -> APIClient:
    """Ask as an anonymous program that sees a 500 instead of an exception."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def admin_user(db: None) -> User:
    """Give an account that may do everything; its password is nobody's."""
    return User.objects.create_superuser("boss")


@pytest.fixture
def staff(admin_user: User) -> Any:
    """Ask as a logged-in administrator."""
    client = APIClient(raise_request_exception=False)
    client.force_login(admin_user)
    return client
