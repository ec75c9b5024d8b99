"""The providers' endpoints: their shapes, their refusals, and no key in them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from providers import pace
from providers.models import Poll, Provider
from providers.tests.builders import poll, source
from providers.traffic import hold, reset

pytestmark = pytest.mark.django_db
PROVIDERS = "/api/v1/providers"
MEMBERS = {
    "key": str,
    "name": str,
    "enabled": bool,
    "state": str,
    "daily": bool,
    "interval_s": int,
    "priority": int,
    "last_success": str,
    "last_error": dict,
    "success_pct": str,
    "latency_ms": dict,
    "polls_last_hour": int,
    "overlaps_last_hour": int,
    "currencies": list,
    "lacks": type(None),
    "breaker": dict,
    "next_poll": str,
    "quota": dict,
}


@pytest.fixture(autouse=True)
def _polled() -> None:
    provider, now = source(api_key="0123456789abcdef", name="Fixer"), timezone.now()
    for outcome, age, detail in (("auth", 60, "HTTP 200 101 invalid_access_key"), ("ok", 30, "")):
        Poll.objects.create(
            provider=provider,
            started_at=now - timedelta(seconds=age),
            latency_ms=age,
            outcome=outcome,
            detail=detail,
        )
    source("ecb", priority=10)
    pace.take("fixer", timedelta(minutes=1))


def get(client: Client, path: str, status: int = 200, **headers: str) -> Any:
    answer = client.get(path, headers={"Accept": "application/json"} | headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_all_sources_stand_under_results_the_most_trusted_first(client: Client) -> None:
    body = get(client, PROVIDERS)
    assert list(body) == ["results"]
    assert [found["key"] for found in body["results"]] == ["ecb", "fixer"]
    assert {found["key"]: found["state"] for found in body["results"]} == {"ecb": "waiting", "fixer": "ok"}


def test_one_source_has_the_documented_members_and_no_other(client: Client) -> None:
    found = get(client, f"{PROVIDERS}/fixer")
    assert {name: type(member) for name, member in found.items()} == MEMBERS
    assert found == next(each for each in get(client, PROVIDERS)["results"] if each["key"] == "fixer")
    assert (found["success_pct"], found["latency_ms"]) == ("50.00", {"p50": 45, "p95": 58})
    assert {name: type(member) for name, member in found["last_error"].items()} == {
        "category": str,
        "detail": str,
        "at": str,
    }
    assert found["last_error"]["category"] == "auth"


def test_the_polls_of_a_source_and_the_moves_of_its_breaker_are_listed(client: Client) -> None:
    provider = Provider.objects.get(key="fixer")
    hold(provider, timezone.now(), "ann")
    reset(provider, timezone.now(), "bob")
    found = get(client, f"{PROVIDERS}/fixer/polls")
    assert [(poll["outcome"], poll["latency_ms"], poll["requests"]) for poll in found["polls"]] == [
        ("ok", 30, 1),
        ("auth", 60, 1),
    ]
    assert found["polls"][1]["detail"] == "HTTP 200 101 invalid_access_key"
    assert [(m["before"], m["after"], m["reason"]) for m in found["transitions"]] == [
        ("held", "closed", "reset by staff"),
        ("closed", "held", "held by staff"),
    ]
    assert all(row["at"].endswith("Z") for row in found["polls"] + found["transitions"])
    assert get(client, f"{PROVIDERS}/ecb/polls") == {"polls": [], "transitions": []}
    assert get(client, f"{PROVIDERS}/nobody/polls", 404)["code"] == "not_found"


def test_no_more_than_a_hundred_polls_are_listed(client: Client) -> None:
    provider = Provider.objects.get(key="fixer")
    for age in range(120):
        poll(provider, age=age)
    assert len(get(client, f"{PROVIDERS}/fixer/polls")["polls"]) == 100


def test_times_are_rfc_3339_in_utc_with_milliseconds(client: Client) -> None:
    found = get(client, f"{PROVIDERS}/fixer")
    for text in (found["last_success"], found["last_error"]["at"]):
        assert text.endswith("Z")
        assert len(text) == len("2026-11-20T14:08:10.120Z")


def test_nobody_of_the_staff_is_named(client: Client) -> None:
    fixer = Provider.objects.get(key="fixer")
    hold(fixer, timezone.now(), "ann.admin")
    reset(fixer, timezone.now(), "bob.boss", "a new key")
    found = get(client, f"{PROVIDERS}/fixer/polls")
    assert [move["reason"] for move in found["transitions"]] == ["a new key", "held by staff"]
    assert not {"ann", "bob", "by"} & set(found["transitions"][0])
    assert not any(name in str(found) for name in ("ann.admin", "bob.boss"))


def test_nothing_of_the_key_is_in_the_answers(client: Client) -> None:
    text = str([get(client, PROVIDERS), get(client, f"{PROVIDERS}/fixer")])
    assert "cdef" not in text
    assert "sealed" not in text


@pytest.mark.parametrize("key", ["nobody", "fixer%00", "FIXER", "a" * 300, "%F0%9F%92%B0", "fixer..", "base"])
def test_an_unknown_source_is_not_found(client: Client, key: str) -> None:
    problem = get(client, f"{PROVIDERS}/{key}", 404)
    assert (problem["code"], problem["status"]) == ("not_found", 404)


@pytest.mark.parametrize("path", [PROVIDERS, f"{PROVIDERS}/fixer", f"{PROVIDERS}/fixer/polls"])
def test_an_unknown_parameter_is_named(client: Client, path: str) -> None:
    problem = get(client, f"{path}?limit=5&enabled=1", 400)
    assert problem["code"] == "invalid_request"
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("limit", "unknown_parameter"),
        ("enabled", "unknown_parameter"),
    ]


@pytest.mark.parametrize("path", [PROVIDERS, f"{PROVIDERS}/fixer", f"{PROVIDERS}/fixer/polls"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_board_is_only_read(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_a_browser_gets_a_page(client: Client) -> None:
    answer = client.get(PROVIDERS, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_slash_at_the_end_is_the_same_path(client: Client) -> None:
    assert get(client, f"{PROVIDERS}/") == get(client, PROVIDERS)
