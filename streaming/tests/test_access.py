"""Who may open a stream."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from streaming.access import may_read, origin_allowed


def scope(**headers: str) -> dict[str, Any]:
    return {"headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]}


@pytest.mark.parametrize(
    "origin", ["http://localhost", "https://localhost:8443", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_our_own_pages_may_come_in(origin: str) -> None:
    assert origin_allowed(scope(origin=origin))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "null",
        "",
        "localhost",
        "http://[::1",
        "file://",
    ],
)
def test_other_pages_may_not(origin: str) -> None:
    assert not origin_allowed(scope(origin=origin))


def test_a_second_origin_cannot_smuggle_the_first_one_in() -> None:
    twice = {"headers": [(b"origin", b"http://localhost"), (b"origin", b"https://evil.example")]}
    assert not origin_allowed(twice)


def test_a_program_without_an_origin_may_come_in() -> None:
    assert origin_allowed(scope())


def may(**headers: str) -> bool:
    return async_to_sync(may_read)(scope(**headers))


def test_everyone_may_read_where_reading_is_public(settings: Settings) -> None:
    settings.FX_PUBLIC_READ = True
    assert may()


def test_a_stranger_may_not_where_it_is_private(settings: Settings) -> None:
    settings.FX_PUBLIC_READ = False
    assert not may()
    assert not may(cookie="theme=dark")


@pytest.mark.django_db(transaction=True)
def test_a_session_may_until_it_ends(settings: Settings) -> None:
    settings.FX_PUBLIC_READ = False
    browser = Client()
    browser.force_login(User.objects.create_user("ann"))
    cookie = f"theme=dark; sessionid={browser.cookies['sessionid'].value}"
    assert may(cookie=cookie)
    assert not may(cookie=cookie + "x")
    browser.logout()
    assert not may(cookie=cookie)


@pytest.mark.django_db(transaction=True)
def test_a_user_who_was_switched_off_may_not(settings: Settings) -> None:
    settings.FX_PUBLIC_READ = False
    browser = Client()
    browser.force_login(User.objects.create_user("bob"))
    User.objects.update(is_active=False)
    assert not may(cookie=f"sessionid={browser.cookies['sessionid'].value}")
