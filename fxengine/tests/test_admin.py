"""Every page of the admin opens, and every form saves unchanged."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from fxengine.tests.pages import Form, filters, opens
from providers.models import Poll, Provider
from providers.services import keep
from rates.models import Override, Pair
from rates.price import Price
from rates.tests.scene import said

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


@pytest.fixture(scope="module")
def house(shared_prices: dict[str, Price]) -> None:
    """Put a row into every table that the admin shows."""
    fixer = Provider.objects.get(key="fixer")
    Poll.objects.create(provider=fixer, started_at=timezone.now(), latency_ms=1, outcome="ok")
    fixer.transitions.create(at=timezone.now(), before="closed", after="open", reason="unavailable")
    Group.objects.create(name="Dealers")
    CrontabSchedule.objects.create(hour="3")
    made = APIClient().post("/api/v1/convert", {"from": "EUR", "to": "USD", "amount": "1"}, format="json")
    assert made.status_code == 201
    keep([replace(said("fixer", EUR="0.9")[0], mid=Decimal(0))])
    tomorrow = timezone.now() + timedelta(days=1)
    Override.objects.create(pair=Pair.objects.all()[1], mid="1.5", reason="a test", expires_at=tomorrow)
    for row in (fixer, Pair.objects.all()[0]):
        row.save()  # a change, for the history


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def stored(row: Model) -> dict[str, Any]:
    """Read a row's columns, with times as a form has them; the scheduler notes every save."""
    columns = type(row)._default_manager.filter(pk=row.pk).values().get()
    columns.pop("date_changed", None)
    return {
        name: column.replace(microsecond=0) if isinstance(column, datetime) else column
        for name, column in columns.items()
    }


@every_model
def test_its_list_opens_and_is_not_empty(staff: APIClient, house: None, model: type[Model]) -> None:
    page = opens(staff, url(model, "changelist"))
    row = model._default_manager.first()
    assert row is not None, "the house must have a row of every model"
    assert "result_list" in page or f"/{row.pk}/change/" in page


@every_model
def test_its_list_can_be_searched_sorted_and_filtered(
    staff: APIClient, house: None, model: type[Model]
) -> None:
    path, shown = url(model, "changelist"), admin.site._registry[model]
    page = opens(staff, path)
    queries = ["o=" + ".-".join(str(column + 1) for column in range(len(shown.list_display)))]
    queries += [urlencode({"q": text}) for text in ("EUR", "'\"<%\\")] if shown.search_fields else []
    for query in queries + filters(page):
        opens(staff, f"{path}?{query}")


@every_model
def test_its_form_for_a_new_row_opens_where_rows_may_be_added(
    staff: APIClient, house: None, model: type[Model], admin_user: User, rf: Any
) -> None:
    request = rf.get("/")
    request.user = admin_user
    allowed = admin.site._registry[model].has_add_permission(request)
    assert staff.get(url(model, "add")).status_code == (200 if allowed else 403)


@every_model
def test_a_row_opens_and_saves_unchanged(
    staff: APIClient, house: None, model: type[Model], admin_user: User, rf: Any
) -> None:
    row = model._default_manager.order_by("-pk").first()
    assert row is not None
    path = url(model, "change", row.pk)
    page = opens(staff, path)
    request = rf.get("/")
    request.user = admin_user
    if not admin.site._registry[model].has_change_permission(request, row):
        assert staff.post(path, {}).status_code == 403
        return
    before = stored(row)
    sent = Form(page, f"{model._meta.model_name}_form").sent
    assert sent, "the form was not found on its page"
    answer = staff.post(path, sent)
    errors = re.findall(r'(?s)class="[^"]*error[^"]*"[^>]*>(.{0,200})', answer.content.decode())
    assert answer.status_code == 302, errors[:5]
    assert stored(row) == before


@every_model
def test_its_history_opens(staff: APIClient, house: None, model: type[Model]) -> None:
    row = model._default_manager.order_by("-pk").first()
    assert row is not None
    opens(staff, url(model, "history", row.pk))


@pytest.mark.parametrize("model", [Provider, Pair])
def test_each_version_of_a_row_opens(staff: APIClient, house: None, model: Any) -> None:
    row = model.history.first().instance
    for version in model.history.filter(id=row.pk):
        opens(staff, url(model, "simple_history", row.pk, version.pk))


def test_the_front_page_and_every_application_open(staff: APIClient, house: None) -> None:
    opens(staff, reverse("admin:index"))
    for label in {model._meta.app_label for model in MODELS}:
        opens(staff, reverse("admin:app_list", args=[label]))
    opens(staff, reverse("admin:password_change"))


def test_what_the_house_stores_and_schedules_is_all_there() -> None:
    labels = {model._meta.label for model in MODELS}
    assert {"rates.Pair", "rates.Currency", "rates.Rate", "rates.RateDecision", "providers.Provider",
            "providers.TickLog", "providers.NewestTick", "providers.Poll", "conversions.Receipt",
            "django_celery_beat.PeriodicTask", "django_celery_beat.IntervalSchedule", "auth.User",
            "auth.Group"} <= labels  # fmt: skip


def test_a_stranger_is_led_to_the_login(api: APIClient, house: None) -> None:
    for model in MODELS:
        answer = api.get(url(model, "changelist"))
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_every_page_of_a_demo_says_so(staff: APIClient, house: None, settings: Settings) -> None:
    assert "Demo: simulated prices" in opens(staff, reverse("admin:index"))


def test_what_was_said_and_published_cannot_be_changed_or_deleted(staff: APIClient, house: None) -> None:
    for label in (
        "rates.Rate",
        "rates.RateDecision",
        "providers.TickLog",
        "providers.Poll",
        "conversions.Receipt",
    ):
        model = next(model for model in MODELS if model._meta.label == label)
        row = model._default_manager.first()
        assert row is not None
        for page in ("change", "delete"):
            assert staff.post(url(model, page, row.pk), {"post": "yes"}).status_code == 403
        assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("action", ["track", "untrack"])
def test_pairs_are_tracked_and_untracked_with_their_history(
    staff: APIClient, house: None, action: str
) -> None:
    pairs = list(Pair.objects.all()[:2])
    chosen = {"action": action, "_selected_action": [str(pair.pk) for pair in pairs]}
    assert staff.post(url(Pair, "changelist"), chosen).status_code == 302
    for pair in pairs:
        pair.refresh_from_db()
        assert pair.tracked is (action == "track")
        assert pair.history.first().history_user == User.objects.get(username="boss")


def test_a_schedule_of_a_source_follows_the_source(staff: APIClient, house: None) -> None:
    source = Provider.objects.get(key="fixer")
    path = url(Provider, "change", source.pk)
    sent = Form(opens(staff, path), "provider_form").sent
    assert staff.post(path, sent | {"interval_seconds": ["30"]}).status_code == 302
    task = PeriodicTask.objects.get(name="poll fixer")
    assert (task.interval.every, task.interval.period) == (30, "seconds")
    sent.pop("enabled")
    assert staff.post(path, sent).status_code == 302
    assert not PeriodicTask.objects.get(name="poll fixer").enabled


def test_no_page_shows_a_key(staff: APIClient, house: None) -> None:
    source = Provider.objects.get(key="fixer")
    for page in ("change", "history"):
        text = opens(staff, url(Provider, page, source.pk))
        assert "demo-key-fixer" not in text
        assert source.sealed_key not in text
