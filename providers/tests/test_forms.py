"""The form of a source: what it takes, what it refuses, and a key that goes in and never comes out."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from providers.adapters import adapter, keys
from providers.forms import _SECRET_NAME
from providers.models import Poll, Provider
from providers.quota import Plan
from providers.tests.builders import poll, source
from providers.tests.pages import LONG_KEY, errors, page, polled, save

pytestmark = pytest.mark.django_db


def test_a_source_is_added_and_polled(staff: Client) -> None:
    assert staff.get(page("add")).status_code == 200
    assert save(staff, api_key=LONG_KEY, parameters='{"show_alternative": "1"}').status_code == 302
    provider = Provider.objects.get()
    assert provider.secret.reveal() == LONG_KEY
    assert provider.parameters == {"show_alternative": "1"}
    assert polled()


def test_the_key_is_set_kept_replaced_and_removed_and_never_shown(staff: Client) -> None:
    provider = source()
    steps = [
        ({"api_key": f" {LONG_KEY} "}, LONG_KEY, "••••cdef"),
        ({"api_key": ""}, LONG_KEY, "••••cdef"),
        ({"api_key": "short-one"}, "short-one", "••••"),
        ({"forget_key": "on"}, "", "not set"),
    ]
    for fields, key, shown in steps:
        assert save(staff, provider, **fields).status_code == 302
        provider.refresh_from_db()
        assert provider.secret.reveal() == key
        text = staff.get(page("change", provider.pk)).content.decode()
        assert shown in text
        assert not key or key not in text
        assert provider.sealed_key == "" or provider.sealed_key not in text
        assert polled() is bool(key)


def test_a_key_is_not_shown_again_when_the_form_comes_back(staff: Client) -> None:
    answer = save(staff, source(), api_key=LONG_KEY, interval_seconds="0")
    assert "interval_seconds" in errors(answer)
    assert LONG_KEY not in answer.content.decode()


def test_a_source_without_need_of_a_key_says_so(staff: Client) -> None:
    assert "none needed" in staff.get(page("change", source("ecb").pk)).content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": "nobody"}, "key"),
        ({"key": "base"}, "key"),
        ({"key": "ecb", "interval_seconds": "299"}, "interval_seconds"),
        ({"interval_seconds": "0"}, "interval_seconds"),
        ({"interval_seconds": "-1"}, "interval_seconds"),
        ({"interval_seconds": ""}, "interval_seconds"),
        ({"priority": "-1"}, "priority"),
        ({"base_url": "ftp://vendor.example/"}, "base_url"),
        ({"base_url": "javascript:alert(1)"}, "base_url"),
        ({"api_key": "two words"}, "api_key"),
        ({"api_key": "ключ"}, "api_key"),
        ({"api_key": "line\nbreak"}, "api_key"),
        ({"parameters": "[1]"}, "parameters"),
        ({"parameters": '{"a": 1}'}, "parameters"),
        ({"parameters": '{"a": {"b": "c"}}'}, "parameters"),
        ({"parameters": "not JSON"}, "parameters"),
        ({"parameters": '{"access_key": "in plain sight"}'}, "parameters"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(staff: Client, fields: dict[str, str], field: str) -> None:
    assert list(errors(save(staff, **fields))) == [field]
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["app_id", "APP_ID", "appid", "Access_Key", "apiKey", "api-key", "key", "Subscription-Key", "token",
     "access_token", "X-API-Key", "Authorization", "client_secret", "password"],
)  # fmt: skip
def test_no_parameter_can_hold_a_key_in_clear(staff: Client, name: str) -> None:
    parameters = json.dumps({"symbols": "EUR,USD", name: "REALKEY-0123456789"})
    assert list(errors(save(staff, key="openexchangerates", parameters=parameters))) == ["parameters"]


def test_the_key_of_no_adapter_can_be_a_parameter() -> None:
    names = {adapter(key).auth.name for key in keys()} - {""}
    assert all(_SECRET_NAME.search(name) for name in names), names


def test_a_source_stands_once(staff: Client) -> None:
    source()
    assert list(errors(save(staff))) == ["key"]


def test_an_existing_source_is_held_to_its_vendors_minimum_too(staff: Client) -> None:
    provider = source("ecb", interval_seconds=300)
    answer = save(staff, provider, interval_seconds="299")
    assert errors(answer)["interval_seconds"] == ["This source is asked at most every 300 s."]
    provider.refresh_from_db()
    assert provider.interval_seconds == 300


def test_an_existing_source_keeps_its_adapter(staff: Client) -> None:
    provider = source()
    save(staff, provider, key="ecb", name="Renamed")
    provider.refresh_from_db()
    assert (provider.key, provider.name) == ("fixer", "Renamed")


@pytest.mark.parametrize("parameters", ["", "null", "{}"])
def test_no_parameters_are_an_empty_map(staff: Client, parameters: str) -> None:
    assert save(staff, parameters=parameters).status_code == 302
    assert Provider.objects.get().parameters == {}


def test_the_schedule_follows_the_form(staff: Client) -> None:
    save(staff, api_key=LONG_KEY)
    provider = Provider.objects.get()
    save(staff, provider, interval_seconds="90")
    assert PeriodicTask.objects.get().interval.every == 90
    save(staff, provider, enabled="off")
    assert not polled()


def test_an_interval_that_overruns_the_plan_is_refused_with_what_it_takes(staff: Client) -> None:
    plan = {"interval_seconds": "60", "requests_per_month": "1000", "plan_day": "28"}
    (refusal,) = errors(save(staff, **plan))["interval_seconds"]
    cost = Plan(1000, None, 28).cost(timedelta(minutes=1), timezone.now())
    shortest = Plan(1000, None, 28).shortest(timezone.now()).total_seconds()
    assert f"{cost:,} requests a month" in refusal
    assert f"every {shortest:.0f} s" in refusal
    assert not Provider.objects.exists()
    assert save(staff, **plan | {"interval_seconds": f"{shortest:.0f}"}).status_code == 302


@pytest.mark.parametrize("plan", [{"requests_per_month": "1000"}, {"requests_per_minute": "1"}])
def test_an_overrun_is_saved_when_staff_insist(staff: Client, plan: dict[str, str]) -> None:
    assert "interval_seconds" in errors(save(staff, interval_seconds="30", **plan))
    assert save(staff, interval_seconds="30", overrun="on", **plan).status_code == 302
    provider = Provider.objects.get()
    assert save(staff, provider, name="Another name", interval_seconds="30", **plan).status_code == 302


def test_a_poll_of_many_requests_costs_as_many(staff: Client) -> None:
    provider = source(interval_seconds=3600)
    Poll.objects.filter(pk=poll(provider).pk).update(requests=8)
    refused = errors(save(staff, provider, interval_seconds="3600", requests_per_month="1000"))
    cost = Plan(1000).cost(timedelta(hours=1), timezone.now(), 8)
    assert f"{cost:,} requests" in refused["interval_seconds"][0]


@pytest.mark.parametrize(
    "fields",
    [{"plan_day": "0"}, {"plan_day": "29"}, {"requests_per_month": "0"}, {"requests_per_minute": "-1"}],
)
def test_no_plan_is_refused_at_its_field(staff: Client, fields: dict[str, str]) -> None:
    assert set(errors(save(staff, **fields))) == set(fields)


def test_the_page_can_show_the_cost_while_it_is_typed(staff: Client) -> None:
    shown = staff.get(page("add")).content.decode()
    start, end = Plan().period(timezone.now())
    assert f'data-month-seconds="{round((end - start).total_seconds())}"' in shown
    assert 'data-requests="1"' in shown
    assert "providers/plan.js" in shown
