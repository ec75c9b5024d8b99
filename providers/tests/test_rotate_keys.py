"""Turning the house's own keys: every secret follows, and what cannot says so."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from providers.models import Provider
from providers.tests.builders import source
from providers.tests.conftest import reload_keys

pytestmark = pytest.mark.django_db
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_every_secret_is_sealed_with_the_new_key(fernet_keys: Settings) -> None:
    reload_keys(fernet_keys, OLD)
    source(api_key="one")
    source("openexchangerates", api_key="two")
    source("ecb")
    reload_keys(fernet_keys, NEW, OLD)
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    assert said.getvalue() == "2 keys sealed again\n"
    reload_keys(fernet_keys, NEW)
    keys = {provider.key: provider.secret.reveal() for provider in Provider.objects.all()}
    assert keys == {"fixer": "one", "openexchangerates": "two", "ecb": ""}


def test_it_can_be_repeated_and_leaves_no_trace_in_the_history(fernet_keys: Settings) -> None:
    provider = source(api_key="one")
    call_command("rotate_keys", stdout=StringIO())
    call_command("rotate_keys", stdout=StringIO())
    provider.refresh_from_db()
    assert provider.secret.reveal() == "one"
    assert provider.history.count() == 1


def test_one_that_nobody_can_read_is_named_and_holds_up_no_other(fernet_keys: Settings) -> None:
    reload_keys(fernet_keys, Fernet.generate_key().decode())
    lost = source("fixer", api_key="lost", priority=1)
    reload_keys(fernet_keys, OLD)
    source("openexchangerates", api_key="two", priority=2)
    reload_keys(fernet_keys, NEW, OLD)
    said = StringIO()
    with pytest.raises(CommandError, match="opens that of fixer; set it anew"):
        call_command("rotate_keys", stdout=said)
    assert said.getvalue() == "1 keys sealed again\n"
    reload_keys(fernet_keys, NEW)
    assert Provider.objects.get(key="openexchangerates").secret.reveal() == "two"
    assert Provider.objects.get(key="fixer").sealed_key == lost.sealed_key
