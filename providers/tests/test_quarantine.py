"""What is refused is kept where staff can see it, on few rows, and is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from providers.models import NewestTick, QuarantinedTick
from providers.quarantine import Refused
from providers.services import hold, keep
from providers.tests.builders import NOW, source, tick

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def jump(mid: str = "0.81", *, age: float = 0, price_age: float | None = None) -> None:
    """Hold a jump that was said and received some seconds ago."""
    received = NOW - timedelta(seconds=age)
    price_as_of = None if price_age is None else NOW - timedelta(seconds=price_age)
    said = replace(tick(mid=mid, age=age), received_at=received)
    hold([Refused(said, "jump", price_as_of)])


def row(**columns: Any) -> QuarantinedTick:
    return QuarantinedTick.objects.get(**columns)


def test_a_refused_tick_is_kept_as_it_was_said() -> None:
    source()
    assert keep([tick(mid="-1.0844", bid="NaN", ask="1E+400000")]) == set()
    kept = row()
    assert (kept.base, kept.quote, kept.reason) == ("EUR", "USD", "not_positive")
    assert (kept.bid, kept.ask, kept.mid, kept.level) == ("NaN", "1E+400000", "-1.0844", None)
    assert (kept.times, kept.state, kept.as_of) == (1, "held", tick().as_of)
    assert not NewestTick.objects.exists()


def test_what_no_column_can_hold_is_written_down_all_the_same() -> None:
    source()
    keep([tick("E\0R/\ud800SD"), tick("A VERY LONG NAME/USD", "1." + "3" * 99)])
    assert [(kept.base, kept.quote) for kept in QuarantinedTick.objects.order_by("base")] == [
        ("A VERY LONG…", "USD"),
        ("E\\0R", "\\ud800SD"),
    ]
    assert row(base="A VERY LONG…").mid == "1." + "3" * 61 + "…"


def test_a_source_that_is_wrong_every_second_counts_up_on_its_rows(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    source()
    pairs = [f"USD/{chr(65 + n // 26)}{chr(65 + n % 26)}X" for n in range(170)]
    for age in (3, 2, 1):
        with django_assert_num_queries(2):
            keep([tick(pair, "0", age=age) for pair in pairs])
    assert QuarantinedTick.objects.count() == 170
    assert set(QuarantinedTick.objects.values_list("times", flat=True)) == {3}


def test_the_same_words_again_are_no_second_time() -> None:
    source()
    jump(age=3), jump(age=3), jump(age=4)
    assert row().times == 1


@pytest.mark.parametrize(
    ("again", "times"),
    [
        ({}, 2),
        ({"mid": "0.83"}, 2),
        ({"mid": "0.70"}, 1),
        ({"price_age": 4}, 2),
        ({"price_age": 2}, 1),
        ({"price_age": 3}, 1),
    ],
    ids=["the same level", "near it", "another level", "no price since", "a price since", "a price at once"],
)
def test_counting_begins_anew_at_another_level_and_after_a_price(again: dict[str, Any], times: int) -> None:
    source()
    jump(age=3)
    jump(**{"mid": "0.81"} | again)
    assert row().times == times


def test_what_staff_dismissed_stays_so_until_it_is_something_else() -> None:
    source()
    jump(age=9)
    QuarantinedTick.objects.update(state="dismissed")
    jump(age=6)
    assert (row().state, row().times) == ("dismissed", 2)
    jump("0.5", age=3)
    assert (row().state, row().times) == ("held", 1)
    QuarantinedTick.objects.update(state="dismissed", received_at=NOW - WEEK - timedelta(seconds=1))
    jump("0.5")
    assert (row().state, row().times) == ("held", 1)


def test_a_release_is_held_again_by_what_it_does_not_let_pass() -> None:
    source()
    jump(age=9)
    QuarantinedTick.objects.update(state="released", reviewed_at=NOW - timedelta(seconds=5))
    jump(age=6)
    assert row().state == "released"
    jump("0.5", age=3)
    assert row().state == "held"


def test_only_what_is_new_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    source()
    jump(age=9), jump(age=6), jump("0.5", age=3)
    assert [record.msg["event"] for record in caplog.records] == ["ticks_refused"] * 2  # type: ignore[index]


@pytest.fixture
def clerk(client: Client) -> Client:
    """Log a member of staff in who may look, and no more."""
    user = User.objects.create_user("clerk", password="a password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_quarantinedtick"))
    client.force_login(user)
    return client


PAGE = "admin:providers_quarantinedtick_changelist"
SHOWN = re.compile(r'name="(shown-\d+)" value="([^"]*)"')


def look(client: Client) -> dict[str, str]:
    """Read what the page would post of each row with a choice of it."""
    return {name: unescape(seen) for name, seen in SHOWN.findall(client.get(reverse(PAGE)).content.decode())}


def act(client: Client, action: str, shown: dict[str, str] | None = None) -> list[str]:
    chosen = [str(pk) for pk in QuarantinedTick.objects.values_list("pk", flat=True)]
    posted = look(client) if shown is None else shown
    answer = client.post(reverse(PAGE), {"action": action, "_selected_action": chosen} | posted)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_staff_release_dismiss_and_hold_again_and_the_history_says_who(admin_client: Client) -> None:
    source()
    jump()
    for action, state in (("release", "released"), ("dismiss", "dismissed"), ("hold_again", "held")):
        act(admin_client, action)
        kept = row()
        assert (kept.state, kept.reviewed_by and kept.reviewed_by.username) == (state, "admin")
    versions = kept.history.order_by("history_date").values_list("state", "history_user__username")
    assert list(versions) == [("released", "admin"), ("dismissed", "admin"), ("held", "admin")]


def test_a_release_is_of_what_the_page_showed(admin_client: Client) -> None:
    source()
    jump(age=9)
    shown = look(admin_client)
    assert len(shown) == 1
    jump("1.60", age=6)
    for posted in (shown, {}, dict.fromkeys(shown, "NaN"), dict.fromkeys(shown, "1,6")):
        assert act(admin_client, "release", posted)[-1].startswith("1 say something else")
        assert row().state == "held"
    shown = look(admin_client)
    jump("1.601", age=3)
    act(admin_client, "release", shown)
    assert row().state == "released"


def test_what_can_never_be_a_price_is_not_released(admin_client: Client) -> None:
    source()
    keep([tick(mid="0")])
    assert act(admin_client, "release")[0].startswith("1 can never be a price")
    assert row().state == "held"


def test_who_may_only_look_releases_nothing(clerk: Client) -> None:
    source()
    jump()
    act(clerk, "release")
    assert row().state == "held"


def test_what_was_not_said_for_long_is_dropped() -> None:
    source()
    jump(age=100)
    assert QuarantinedTick.objects.said_before(NOW - timedelta(seconds=101)).drop() == 0
    assert QuarantinedTick.objects.said_before(NOW - timedelta(seconds=99)).drop() == 1
    assert not QuarantinedTick.objects.exists()
    assert not QuarantinedTick.history.exists()


def test_deciding_heeds_jumps_and_releases_alone() -> None:
    source()
    jump()
    hold([Refused(tick(), "outlier"), Refused(tick("GBP/USD"), "peg")])
    QuarantinedTick.objects.filter(base="GBP").update(state="released", reviewed_at=NOW)
    heeded = QuarantinedTick.objects.standing(NOW).values_list("base", "reason", "level")
    assert set(heeded) == {("EUR", "jump", Decimal("0.81")), ("GBP", "peg", tick().mid)}
    QuarantinedTick.objects.filter(reason="jump").update(state="dismissed")
    assert {base for base, *_ in heeded.all()} == {"GBP"}


def test_a_release_ends_after_a_day() -> None:
    source()
    jump()
    QuarantinedTick.objects.update(state="released", reviewed_at=NOW)
    for hours, count in ((23, 1), (24, 0)):
        later = NOW + timedelta(hours=hours)
        found = (QuarantinedTick.objects.standing(later), QuarantinedTick.objects.released(later))
        assert [each.count() for each in found] == [count, count]


def test_what_was_said_by_a_clock_that_was_ahead_does_not_hide_what_is_said_now() -> None:
    source()
    jump(age=-86_400)
    jump("0.82")
    assert (row().mid, row().as_of) == ("0.82", tick(age=0).as_of)
