"""Offer a seeded database and one web process to all tests of a module."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from fxengine.seeds import seed
from tests.stream.web import Web


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Seed the database once for a module and empty it after its last test.

    pytest-django's own fixture empties it after every test, which would start the stream anew each time;
    the name is what tells it that the test database is needed.
    """
    with django_db_blocker.unblock():
        seed()
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def web(transactional_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Run one web process for all tests of a module."""
    with Web(tmp_path_factory.mktemp("web")) as server:
        yield server
