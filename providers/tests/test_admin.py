"""The admin pages of the sources: each opens, saves, and keeps the schedule in step and the key hidden."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from providers.adapters.base import Category
from providers.breaker import note_bad, standings
from providers.models import NewestTick, Poll, Provider, QuotaUsage, TickLog
from providers.services import keep
from providers.tests.builders import poll, source, tick
from providers.tests.pages import FORM, LONG_KEY, page, polled, said, save
from providers.tests.servers import KEYS, Market, Reply, Scripted
from providers.traffic import hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    """Log somebody in who may look at sources and change nothing."""
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", ["provider", "ticklog", "newesttick", "poll"])
def test_every_list_opens_empty_and_full(staff: Client, model: str) -> None:
    url = reverse(f"admin:providers_{model}_changelist")
    assert staff.get(url).status_code == 200
    poll(source(api_key=LONG_KEY), "auth")
    source("ecb")
    keep([tick(bid="1.08", ask="1.09"), tick(provider="ecb")])
    assert staff.get(url).status_code == 200
    if model == "provider":
        assert staff.get(url, {"enabled__exact": "1", "q": "fix"}).status_code == 200


@pytest.mark.parametrize("model", [TickLog, NewestTick, Poll])
def test_what_the_engine_wrote_opens_and_nobody_changes_it(staff: Client, model: type[Model]) -> None:
    poll(source())
    keep([tick()])
    (row,), name = model._default_manager.all(), f"admin:providers_{model._meta.model_name}"
    change = reverse(f"{name}_change", args=[row.pk])
    assert staff.get(change).status_code == 200
    assert staff.post(change, {"mid": "9"}).status_code == 403
    assert staff.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert staff.get(reverse(f"{name}_add")).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_rates_are_shown_with_the_digits_they_have(staff: Client) -> None:
    source()
    keep([tick(mid="1.0800000001", bid="1.08")])
    shown = staff.get(reverse("admin:providers_newesttick_changelist")).content.decode()
    assert "1.0800000001" in shown
    assert "1.08000000010" not in shown


@pytest.mark.parametrize("name", ["change", "history"])
def test_the_pages_of_a_source_open(staff: Client, name: str) -> None:
    for key in ("ecb", "fixer"):
        assert staff.get(page(name, source(key).pk)).status_code == 200


def test_a_change_is_saved_with_who_made_it_and_shown_in_the_history(staff: Client) -> None:
    provider = source()
    assert save(staff, provider, name="Fixer of ours", priority="7").status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.priority) == ("Fixer of ours", 7)
    assert provider.history.latest().history_user.username == "admin"
    assert "Fixer of ours" in staff.get(page("history", provider.pk)).content.decode()


def test_going_back_to_an_older_version_keeps_the_key(staff: Client) -> None:
    provider = source(api_key=LONG_KEY, name="Before")
    before = provider.history.latest().pk
    save(staff, provider, name="After")
    version = page("simple_history", provider.pk, before)
    assert "Before" in staff.get(version).content.decode()
    assert staff.post(version, FORM | {"name": "Before"}).status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.secret.reveal()) == ("Before", LONG_KEY)


def test_sources_are_switched_together_and_leave_a_trace(staff: Client) -> None:
    chosen = [source("ecb", enabled=False), source(api_key="k", enabled=False), source("freecurrencyapi")]
    for action, enabled in (("switch_on", True), ("switch_off", False)):
        form = {"action": action, "_selected_action": [provider.pk for provider in chosen]}
        assert staff.post(page("changelist"), form).status_code == 302
        assert set(Provider.objects.values_list("enabled", flat=True)) == {enabled}
        assert [polled(key) for key in ("ecb", "fixer")] == [enabled, enabled]
        assert not polled("freecurrencyapi")
    assert [version.enabled for version in chosen[0].history.all()] == [False, True, False]


def test_staff_hold_and_reset_breakers_and_leave_a_trace(staff: Client) -> None:
    chosen = [source("ecb"), source(api_key="k")]
    for action, state in (("hold", "held"), ("reset", "closed")):
        form = {"action": action, "_selected_action": [provider.pk for provider in chosen]}
        assert staff.post(page("changelist"), form).status_code == 302
        assert {str(each.state) for each in standings(["ecb", "fixer"]).values()} == {state}
    assert staff.get(page("hold_one", chosen[0].pk)).status_code == 302
    assert "held" in staff.get(page("changelist")).content.decode()
    assert staff.get(page("reset_one", chosen[0].pk)).status_code == 302
    reasons = chosen[0].transitions.order_by("pk").values_list("after", "reason", "by")
    assert list(reasons) == [("held", "held by staff", "admin"), ("closed", "reset by staff", "admin")] * 2
    hold(chosen[0], timezone.now(), "carol.staff")
    moves = staff.get(reverse("admin:providers_breakertransition_changelist"))
    assert "carol.staff" in moves.content.decode()


def test_a_new_key_is_tried_at_once(staff: Client) -> None:
    provider = source(api_key="a wrong one")
    note_bad("fixer", Category.AUTH, None, provider.interval)
    save(staff, provider, name="Still the same key")
    assert standings(["fixer"])["fixer"].state == "open"
    save(staff, provider, api_key=LONG_KEY)
    assert standings(["fixer"])["fixer"].state == "closed"


def test_the_month_and_what_a_source_lacks_are_shown(staff: Client) -> None:
    provider = source(api_key="k", requests_per_month=1000)
    starts_on = provider.plan.period(timezone.now())[0].date()
    QuotaUsage.objects.create(provider=provider, starts_on=starts_on, used=1)
    assert "1 requests, 999 left" in staff.get(page("change", provider.pk)).content.decode()
    source("kraken")
    assert "not in the demo" in staff.get(page("changelist")).content.decode()


def test_a_source_is_not_deleted_but_switched_off(staff: Client) -> None:
    provider = source()
    assert staff.post(page("delete", provider.pk), {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [provider.pk], "post": "yes"}
    staff.post(page("changelist"), form)
    assert Provider.objects.filter(pk=provider.pk).exists()


@pytest.mark.parametrize("key", ["ecb", *KEYS])
def test_a_test_now_tells_how_many_ticks_came(staff: Client, market: Market, key: str) -> None:
    provider = source(key, name="A vendor", api_key=KEYS.get(key, ""))
    (told,) = said(staff.get(page("test_one", provider.pk)))
    assert told.startswith("A vendor: ok, ")
    assert told.endswith(" ms.")
    assert not Poll.objects.exists()
    assert not TickLog.objects.exists()


def test_a_test_now_counts_in_the_plan(staff: Client, market: Market) -> None:
    provider = source(name="A vendor", api_key=KEYS["fixer"], requests_per_month=1)
    assert said(staff.get(page("test_one", provider.pk)))[-1].startswith("A vendor: ok, ")
    assert said(staff.get(page("test_one", provider.pk)))[-1].startswith("A vendor: quota, ")
    assert QuotaUsage.objects.get().used == 1


def test_a_test_now_of_several_tells_each_outcome(staff: Client, market: Market) -> None:
    chosen = [
        source("ecb", name="Bank"),
        source(name="Wrong", api_key="not-the-key"),
        source("freecurrencyapi"),
    ]
    form = {"action": "test_now", "_selected_action": [provider.pk for provider in chosen]}
    answer = staff.post(page("changelist"), form)
    found = sorted(text.split(" (")[0].split(" ticks")[0] for text in said(answer))
    assert [text.partition(": ")[2] for text in found][1:] == [
        "auth, no API key is set",
        "auth, HTTP 200 101 invalid_access_key",
    ]
    assert found[0].startswith("Bank: ok, ")
    assert "not-the-key" not in staff.get(page("changelist")).content.decode()


def test_what_a_vendor_says_is_text_on_the_page(staff: Client, vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(500, b'{"message": "<script>alert(1)</script>"}')
    provider = source("freecurrencyapi", api_key=LONG_KEY, base_url=vendor.url)
    shown = staff.get(page("test_one", provider.pk), follow=True).content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_who_may_only_look_neither_switches_nor_tests_nor_saves(reader: Client, vendor: Scripted) -> None:
    provider = source(api_key=LONG_KEY, base_url=vendor.url)
    assert reader.get(page("changelist")).status_code == 200
    assert LONG_KEY not in reader.get(page("change", provider.pk)).content.decode()
    for action in ("switch_off", "test_now"):
        reader.post(page("changelist"), {"action": action, "_selected_action": [provider.pk]})
    assert reader.get(page("test_one", provider.pk)).status_code == 403
    assert save(reader, provider, name="Another").status_code == 403
    provider.refresh_from_db()
    assert (provider.enabled, provider.name) == (True, "Fixer")
    assert vendor.heard == []


def test_nobody_else_sees_a_page(client: Client) -> None:
    provider = source()
    for url in (page("changelist"), page("change", provider.pk), page("test_one", provider.pk)):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("admin:login"))
