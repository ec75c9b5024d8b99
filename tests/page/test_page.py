"""What the page shows: prices that move, where they come from, and conversions as the API answers them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.house import House, eventually
from tests.page.conftest import Open
from tests.page.tab import Tab

pytestmark = pytest.mark.browser
WIDTHS = (320, 390, 768, 1024, 1440, 1920)
PATIENCE_MS = 10_000


def changes(locator: Locator, times: int = 1) -> None:
    """Wait until a text has changed that often."""
    for _ in range(times):
        expect(locator).not_to_have_text(locator.inner_text(), timeout=PATIENCE_MS)


def plain(text: str) -> str:
    return text.replace(",", "")


def test_prices_move_by_themselves(tab: Tab) -> None:
    expect(tab.page.locator("#rows tr")).to_have_count(36)
    changes(tab.mid("EUR/USD"), 2)
    changes(tab.mid("AUD/CAD"))
    expect(tab.page.locator("#badge")).to_contain_text(re.compile(r"Live\s*\d+ ms"))


def test_every_figure_is_the_one_of_the_api(tab: Tab, house: House) -> None:
    house.freeze(frozen=True)
    row = "tr[data-symbol='EUR/JPY']"

    def agrees() -> bool:
        price = house.price("EUR/JPY")
        shown = [tab.part(side, row).inner_text() for side in ("mid", "bid", "ask")]
        return shown == [f"{Decimal(price[side]):.3f}" for side in ("mid", "bid", "ask")]

    eventually(agrees)
    expect(tab.part("pips", row)).to_have_text(re.compile(r"^\d\d$"))
    expect(tab.part("method", row)).to_have_text("via USD")
    expect(tab.part("sources", row)).to_have_text("3 sources")


def test_the_title_says_the_selected_pair_and_its_price(tab: Tab) -> None:
    expect(tab.page).to_have_title(re.compile(r"^EUR/USD \d\.\d{5} · FX Engine$"))
    tab.row("GBP/USD").click()
    expect(tab.page).to_have_title(re.compile(r"^GBP/USD \d\.\d{5} · FX Engine$"))
    expect(tab.page).to_have_url(re.compile(r"\?pair=GBP-USD$"))
    tab.page.go_back()
    expect(tab.part("symbol", "#pair-card")).to_have_text("EUR/USD")


def test_the_address_selects_the_pair(new_tab: Open) -> None:
    tab = new_tab().open("?pair=AUD-CAD")
    expect(tab.row("AUD/CAD")).to_have_attribute("aria-current", "true")
    card = tab.page.locator("#pair-card")
    expect(card).to_contain_text("Derived via USD")
    expect(card.locator(".path")).to_have_text("AUDUSDCAD")
    expect(card.locator(".path svg")).to_have_count(2)


def test_a_demo_says_so_in_words(tab: Tab) -> None:
    mark = tab.page.locator("#demo")
    expect(mark).to_be_visible()
    expect(mark).to_have_text(re.compile(r"DEMO\s+Simulated prices, not the market"))


@pytest.mark.parametrize(("side", "to"), [("mid", "USD"), ("bid", "JPY"), ("ask", "NOK")])
def test_the_converter_shows_the_answer_of_the_api(tab: Tab, house: House, side: str, to: str) -> None:
    house.freeze(frozen=True)
    tab.page.get_by_role("button", name=side.capitalize(), exact=True).last.click()
    tab.part("to").select_option(to)
    tab.part("amount").fill("1.5k")

    def agrees() -> bool:
        query = {"from": "EUR", "to": to, "amount": "1500", "side": side}
        answer: dict[str, Any] = house.get("convert", **query).json()
        shown = plain(tab.part("result").inner_text()), plain(tab.part("rate").inner_text())
        return shown == (answer["result"], f"1 EUR = {answer['rate']} {to}")

    eventually(agrees)
    assert house.query("SELECT count(*) FROM conversions_receipt WHERE amount = 1500") == [(0,)]


def test_the_converter_says_what_is_wrong_with_an_amount(tab: Tab) -> None:
    for amount in ("abc", "0"):
        tab.part("amount").fill(amount)
        expect(tab.page.locator("#convert-problem")).not_to_be_empty()
        expect(tab.part("amount")).to_have_attribute("aria-invalid", "true")
        expect(tab.part("result")).to_have_text("–")
    assert tab.violations() == []
    tab.part("amount").fill("10")
    expect(tab.part("result")).to_have_text(re.compile(r"^\d+\.\d\d$"))
    tab.forgive()


def test_filters_and_heads_arrange_the_rows(tab: Tab) -> None:
    rows = tab.page.locator("#rows tr:visible .symbol")
    tab.page.get_by_role("button", name="Majors").click()
    expect(rows).to_have_text(["EUR/USD", "GBP/USD", "AUD/USD", "USD/CAD", "USD/CHF", "USD/JPY"])
    head = tab.page.get_by_role("button", name="Pair", exact=True).first
    head.click()
    expect(rows.first).to_have_text("AUD/USD")
    head.click()
    expect(rows.first).to_have_text("USD/JPY")
    expect(tab.page.locator("th.c-pair[scope=col]")).to_have_attribute("aria-sort", "descending")
    tab.page.get_by_role("button", name="Crosses").click()
    expect(rows).to_have_count(28)


def test_keys_move_the_selection_but_not_while_typing(tab: Tab) -> None:
    tab.page.keyboard.press("j")
    expect(tab.row("GBP/USD")).to_have_attribute("aria-current", "true")
    tab.part("amount").press("k")
    expect(tab.row("GBP/USD")).to_have_attribute("aria-current", "true")
    tab.page.locator("#badge").focus()
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert tab.violations() == []
    tab.page.get_by_label("Single-key shortcuts on").uncheck()
    tab.page.get_by_role("button", name="Close").click()
    tab.page.keyboard.press("k")
    expect(tab.row("GBP/USD")).to_have_attribute("aria-current", "true")


def test_a_chosen_theme_outlives_the_page_and_can_be_taken_back(tab: Tab) -> None:
    root, button = tab.page.locator("html"), tab.page.locator("#theme")
    button.click()
    expect(root).to_have_attribute("data-theme", "dark")
    tab.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    button.click()
    expect(root).not_to_have_attribute("data-theme", re.compile(".*"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_everyone_can_read_it(new_tab: Open, width: int, scheme: str) -> None:
    tab = new_tab(viewport={"width": width, "height": 844}, color_scheme=scheme).open()
    assert tab.violations() == []
    for view in ("pair", "convert") if width < 760 else ():
        tab.page.locator(f"[data-tab={view}]").click()
        assert tab.violations() == []


def test_no_width_makes_it_scroll_sideways(tab: Tab) -> None:
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 900})
        for view in ("rates", "pair", "convert"):
            tab.page.locator("main").evaluate("(main, view) => main.dataset.view = view", view)
            wide: int = tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{wide} px too wide at {width} px in {view}"


def test_ticks_move_nothing_but_digits(tab: Tab) -> None:
    # The badge tells the latency once it has some figures.
    expect(tab.page.locator("#badge")).to_contain_text("ms")
    tab.page.evaluate("seen.shifts = []")
    changes(tab.mid("EUR/USD"), 2)
    assert tab.seen("shifts") == []


def test_a_move_flashes_unless_the_reader_wants_no_motion(new_tab: Open) -> None:
    moving, still = new_tab().open(), new_tab(reduced_motion="reduce").open()
    for tab in (moving, still):
        changes(tab.mid("EUR/USD"))
        expect(tab.row("EUR/USD")).to_have_attribute("data-move", re.compile("up|down"))
    assert {"EUR/USD", "card"} <= set(moving.seen("flashes"))
    assert still.seen("flashes") == []


def test_on_a_phone_a_row_opens_its_pair(new_tab: Open) -> None:
    tab = new_tab(viewport={"width": 390, "height": 844}, has_touch=True).open()
    expect(tab.page.locator("#pair-card")).to_be_hidden()
    tab.row("GBP/USD").tap()
    expect(tab.page.locator("#pair-card")).to_be_visible()
    expect(tab.part("symbol", "#pair-card")).to_have_text("GBP/USD")
    expect(tab.page.locator(".watchlist")).to_be_hidden()
    expect(tab.page.locator("#demo")).to_be_visible()
