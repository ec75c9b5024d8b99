"""What stands on the page while there is nothing to show, and what it tells the reader to do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.house import House
from tests.page.conftest import Open
from tests.page.wire import Frame, Wire

pytestmark = pytest.mark.browser


def test_while_it_loads_the_rows_stand_where_they_will_be(new_tab: Open) -> None:
    tab = new_tab()
    tab.page.route("**/api/v1/pairs", lambda _route: None)
    tab.page.goto(tab.url)
    skeleton = tab.page.locator("tr.skeleton").first
    expect(skeleton).to_be_visible()
    assert tab.violations() == []
    place = skeleton.bounding_box()
    tab.page.unroute_all()
    tab.page.reload()
    expect(tab.row("EUR/USD")).to_be_visible()
    assert tab.row("EUR/USD").bounding_box() == place


@pytest.mark.faults
def test_what_cannot_be_loaded_says_why_and_is_tried_again(new_tab: Open, house: House) -> None:
    tab = new_tab()
    house.postgres.kill()
    try:
        tab.page.goto(tab.url)
        trouble = tab.page.locator("#panel-trouble")
        why = re.compile(r"The server answered 503 \(request [0-9a-f]+\)")
        expect(trouble).to_contain_text(why, timeout=30_000)
        assert tab.violations() == []
    finally:
        house.postgres.start()
    tab.forgive()
    trouble.get_by_role("button", name="Try again").click()
    expect(tab.row("EUR/USD")).to_be_visible()
    tab.forgive()


def test_without_pairs_it_names_the_two_next_steps(new_tab: Open, house: House) -> None:
    tab = new_tab()
    house.change("UPDATE rates_pair SET tracked = false")
    try:
        tab.page.goto(tab.url)
        empty = tab.page.locator("#panel-empty")
        expect(empty).to_contain_text("./fx manage setup")
        add = empty.get_by_role("link", name="Add a pair")
        expect(add).to_have_attribute("href", "/admin/rates/pair/add/")
        assert tab.violations() == []
    finally:
        house.change("UPDATE rates_pair SET tracked = true")
    tab.forgive()


def test_a_pair_without_a_price_waits_for_its_first_quote(new_tab: Open) -> None:
    tab = new_tab()

    def withhold(frame: Frame) -> Frame:
        if "rates" in frame:
            frame["rates"] = [price for price in frame["rates"] if price["symbol"] != "EUR/GBP"]
        return frame

    Wire(tab).change = withhold
    tab.open("?pair=EUR-GBP")
    expect(tab.mid("EUR/GBP")).to_have_text("–")
    expect(tab.row("EUR/GBP")).to_contain_text("waiting for first quote")
    expect(tab.page.locator("#pair-card .tag")).to_have_text("Waiting for the first price")
    assert tab.violations() == []
