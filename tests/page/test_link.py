"""The page while the stream is lost, refused, paused or has a hole, and how it gets well by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.house import eventually
from tests.page.conftest import Open
from tests.page.relay import Relay
from tests.page.tab import Tab
from tests.page.test_page import changes
from tests.page.wire import Frame, Wire

pytestmark = pytest.mark.browser


def test_it_comes_back_by_itself_when_the_server_does(new_tab: Open, relay: Relay) -> None:
    tab = new_tab(relay.url).open()
    root, banner = tab.page.locator("html"), tab.page.locator("#banner")
    changes(tab.mid("EUR/USD"))
    relay.close()
    expect(root).to_have_attribute("data-link", "reconnecting")
    expect(banner).to_contain_text(re.compile(r"Connection lost at \d\d:\d\d:\d\d UTC"))
    expect(tab.page.locator("#status")).to_have_text("Reconnecting")
    expect(tab.part("age", "tr[data-symbol='EUR/USD']")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(tab.page.locator("#watchlist-scroll")).to_have_css("filter", "grayscale(1)")
    expect(tab.page).to_have_title(re.compile("^⚠ EUR/USD"))
    expect(tab.part("rate")).to_contain_text("as of")
    assert tab.violations() == []
    tab.page.evaluate("window.sameDocument = true")
    relay.open()
    expect(root).to_have_attribute("data-link", "live", timeout=20_000)
    expect(banner).to_be_hidden()
    expect(tab.page.locator("#toast")).to_contain_text("Back live")
    changes(tab.mid("EUR/USD"))
    assert tab.page.evaluate("window.sameDocument") is True
    tab.forgive()


@pytest.mark.faults
def test_a_hole_in_the_sequence_is_healed_without_a_word(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)
    passed: list[int] = []

    def lose_the_third(frame: Frame) -> Frame | None:
        if frame["type"] != "rates":
            return frame
        passed.append(frame["seq"])
        return None if len(passed) == 3 else frame

    wire.change = lose_the_third
    tab.open()
    changes(tab.mid("EUR/USD"), 4)
    first, second = wire.addresses
    assert "since" not in first
    assert re.search(rf"stream=[^&]+&since={passed[1]}$", second)
    assert tab.seen("links") == ["connecting", "live"]


@pytest.mark.faults
def test_a_snapshot_after_a_gap_is_taken_over_silently(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)
    sent: list[int] = []

    def mark_as_gap(frame: Frame) -> Frame:
        if frame["type"] == "rates":
            sent.append(frame["seq"])
            return {"type": "snapshot", "reason": "gap", **{key: frame[key] for key in ("seq", "rates")}}
        return frame

    wire.change = mark_as_gap
    tab.open()
    changes(tab.mid("EUR/USD"), 2)
    assert len(wire.addresses) == 1
    assert tab.seen("links") == ["connecting", "live"]
    expect(tab.page.locator("#toast")).to_be_hidden()


@pytest.mark.faults
@pytest.mark.parametrize("grade", ["stale", "expired"])
def test_a_price_that_the_api_calls_stale_is_tagged_and_never_flashes(new_tab: Open, grade: str) -> None:
    tab = new_tab()
    wire = Wire(tab)

    def grow_old(frame: Frame) -> Frame:
        for price in frame.get("rates", []):
            if price["symbol"] == "USD/JPY":
                price |= {"grade": grade, "stale": True}
        return frame

    wire.change = grow_old
    tab.open("?pair=USD-JPY")
    changes(tab.mid("USD/JPY"))
    changes(tab.mid("EUR/USD"))
    expect(tab.row("USD/JPY").locator(".tag")).to_have_text(grade.capitalize())
    expect(tab.row("EUR/USD").locator(".tag")).to_be_hidden()
    expect(tab.page.locator("#pair-card .tag")).to_have_text(grade.capitalize())
    expect(tab.page).to_have_title(re.compile("^⚠ USD/JPY"))
    flashes = tab.seen("flashes")
    assert "EUR/USD" in flashes
    assert not {"USD/JPY", "card"} & set(flashes)
    assert tab.violations() == []


@pytest.mark.faults
def test_a_heartbeat_names_the_pairs_that_turned_stale(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)

    def fall_silent(frame: Frame) -> Frame | None:
        if frame["type"] == "rates":
            return {
                "type": "heartbeat",
                "seq": frame["seq"],
                "server_time": frame["published_at"],
                "stale": ["EUR/USD"],
            }
        return frame

    wire.change = fall_silent
    tab.open()
    expect(tab.row("EUR/USD").locator(".tag")).to_have_text("Stale")
    expect(tab.row("GBP/USD").locator(".tag")).to_be_hidden()


def test_pausing_holds_the_figures_and_says_what_waits(tab: Tab) -> None:
    changes(tab.mid("EUR/USD"))
    badge = tab.page.locator("#badge")
    badge.click()
    held = tab.mid("EUR/USD").inner_text()
    expect(badge).to_contain_text(re.compile(r"Paused\s*\d{3} waiting"))
    expect(tab.page.locator("#watchlist-scroll")).to_have_css("filter", "none")
    assert tab.mid("EUR/USD").inner_text() == held
    assert tab.violations() == []
    badge.click()
    expect(tab.mid("EUR/USD")).not_to_have_text(held)
    expect(tab.page.locator("html")).to_have_attribute("data-link", "live")


@pytest.mark.faults
@pytest.mark.parametrize("code", [4401, 4403])
def test_whoever_is_turned_away_is_asked_to_sign_in_and_not_tried_again(new_tab: Open, code: int) -> None:
    tab = new_tab()
    wire = Wire(tab)
    wire.code = code
    tab.page.clock.install()
    tab.page.goto(tab.url)
    banner = tab.page.locator("#banner")
    expect(banner).to_contain_text("You are not signed in.")
    expect(banner.get_by_role("link", name="Sign in")).to_be_visible()
    tab.page.clock.run_for(10 * 60_000)
    assert len(wire.addresses) == 1


@pytest.mark.faults
def test_after_eight_attempts_it_is_offline_and_knocks_once_a_minute(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)
    wire.code = 4008
    tab.page.clock.install()
    tab.page.goto(tab.url)
    root = tab.page.locator("html")
    eventually(lambda: tab.page.clock.run_for(1000) or root.get_attribute("data-link") == "offline")
    assert len(wire.addresses) == 9
    assert tab.violations() == []
    tab.page.clock.run_for(30_000)
    assert len(wire.addresses) == 9
    wire.code = None
    tab.page.clock.run_for(31_000)
    expect(root).to_have_attribute("data-link", "live")


@pytest.mark.faults
def test_a_stream_that_falls_silent_is_given_up_after_two_and_a_half_heartbeats(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)
    tab.page.clock.install()
    tab.open()
    wire.change = lambda _frame: None
    tab.page.clock.run_for(10_000)
    assert len(wire.addresses) == 1
    wire.change = lambda frame: frame
    tab.page.clock.run_for(6_000)
    eventually(lambda: len(wire.addresses) == 2)
    expect(tab.page.locator("html")).to_have_attribute("data-link", "live")


@pytest.mark.faults
def test_too_many_connections_wait_a_minute(new_tab: Open) -> None:
    tab = new_tab()
    wire = Wire(tab)
    wire.code = 4429
    tab.page.clock.install()
    tab.page.goto(tab.url)
    banner = tab.page.locator("#banner")
    expect(banner).to_contain_text(re.compile(r"Too many connections.*in \d\d s", re.DOTALL))
    wire.code = None
    banner.get_by_role("button", name="Retry now").click()
    expect(tab.page.locator("html")).to_have_attribute("data-link", "live")
