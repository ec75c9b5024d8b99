"""Share a seeded house and its callers among the tests of the roof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from fxengine.seeds import seed
from rates.price import Price
from rates.tests.scene import LEVELS, NINE, run, said


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let a module's tests share rows: each of them is undone by itself, and all of it at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(db: None) -> None:
    """Bring the database to where a first start has it."""
    seed()


@pytest.fixture
def prices(seeded: None) -> dict[str, Price]:
    """Publish the 36 pairs from one source, just now."""
    return publish_all()


def publish_all() -> dict[str, Price]:
    """Publish every pair of the nine currencies from one source, just now."""
    now = timezone.now()
    per_dollar = {code: LEVELS[code] for code in NINE if code != "USD"}
    return {price.symbol: price for price in run(said(at=now, **per_dollar), now)}


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
