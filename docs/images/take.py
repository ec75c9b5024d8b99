"""Take the README's pictures of the page from a running demo.

Usage: python docs/images/take.py URL CHROMIUM   (with `./fx up` in another terminal)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
FOLDER = Path(__file__).parent
SIZE = {"width": 1440, "height": 900}
SETTLE_MS = 4000  # several frames: rows that have moved both ways, and a median latency


def take(browser: Browser, url: str, theme: Theme) -> Path:
    """Take one picture of the live page and return its file."""
    page = browser.new_page(viewport=SIZE, color_scheme=theme, locale="en-GB")
    page.goto(url)
    page.wait_for_selector("html[data-link=live]")
    page.locator("#badge .figure:not(:empty)").wait_for()
    page.locator("[data-part=result]", has_text=".").wait_for()
    page.wait_for_timeout(SETTLE_MS)
    file = FOLDER / f"page-{theme}.png"
    page.screenshot(path=file)
    page.close()
    return file


def main(url: str, chromium: str) -> None:
    """Take the pictures in both themes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False)
        for theme in THEMES:
            print(take(browser, url, theme))
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
