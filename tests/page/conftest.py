"""Offer tabs of one Chromium on the running house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from devstack.browser import find_chromium
from tests.house import House
from tests.page.relay import Relay
from tests.page.tab import Tab

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: dict[str, Any] = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}}
Open = Callable[..., Tab]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS), chromium_sandbox=False
        )
        yield browser
        browser.close()


@pytest.fixture
def new_tab(chromium: Browser, house: House) -> Iterator[Open]:
    """Open tabs with the context options of Playwright; at the end none may have done anything unclean."""
    tabs = []

    def new(url: str = house.url, **options: Any) -> Tab:
        context = chromium.new_context(**DESKTOP | options)
        context.set_default_timeout(20_000)
        tabs.append(Tab(context.new_page(), url))
        return tabs[-1]

    yield new
    faults = [fault for tab in tabs for fault in tab.faults]
    for tab in tabs:
        tab.page.context.close()
    assert faults == []


@pytest.fixture
def tab(new_tab: Open) -> Tab:
    """Open the page on a desktop."""
    return new_tab().open()


@pytest.fixture
def relay(house: House) -> Iterator[Relay]:
    """Stand between the browser and the house."""
    with Relay(house.url) as between:
        yield between
