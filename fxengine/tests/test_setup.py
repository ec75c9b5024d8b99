"""`setup` brings an empty database to a first start, and a second run changes nothing."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from providers import partitions
from providers.models import Provider
from rates.models import Currency, Pair, RunCounter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def setup(*options: str) -> str:
    written = io.StringIO()
    call_command("setup", *options, stdout=written)
    return written.getvalue()


def last_line(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(setup("--json", *options).splitlines()[-1])
    return found


def test_it_fills_an_empty_database_and_makes_an_admin_who_can_log_in(client: Client) -> None:
    made = last_line()
    assert (made["admin"], len(made["password"])) == ("admin", 16)
    assert Pair.objects.count() == 36
    assert Provider.objects.filter(enabled=True).count() == 4
    assert Currency.objects.count() > 150
    assert RunCounter.objects.count() == 1
    assert len(partitions.days()) == partitions.DAYS_AHEAD + 1
    assert client.login(username="admin", password=made["password"])
    assert client.get("/admin/").status_code == 200


def test_a_second_run_shows_no_password_and_keeps_the_first() -> None:
    made = last_line()
    assert last_line() == {"admin": "admin", "password": None}
    assert User.objects.get().check_password(made["password"])


def test_passwords_are_generated_and_differ() -> None:
    first = last_line()["password"]
    User.objects.all().delete()
    assert last_line()["password"] != first


def test_the_operator_may_choose_name_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FX_ADMIN_PASSWORD", "chosen by me")
    assert last_line("--admin", "boss") == {"admin": "boss", "password": "chosen by me"}
    assert last_line() == {"admin": "boss", "password": None}


def test_an_account_of_that_name_without_rights_is_not_raised_to_an_admin() -> None:
    User.objects.create_user("admin")
    with pytest.raises(CommandError, match="--admin"):
        setup()
    assert not User.objects.filter(is_superuser=True).exists()


def test_for_people_it_says_the_password_once_in_a_sentence() -> None:
    assert "shown once" in setup()
    assert setup() == ""


def test_it_refuses_a_database_of_the_other_environment(settings: Settings) -> None:
    setup()
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    with pytest.raises(CommandError, match="holds demo prices, not live"):
        setup()
