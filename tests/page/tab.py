"""Drive one tab, and note everything that a clean page never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
RUN_AXE = """
axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(({violations}) =>
    violations.map(({id, nodes}) => [id, nodes.map(({target}) => target.join(' '))]))
"""
# The states the link went through, every flash by its row, and what the layout shifted.
RECORDER = """
window.seen = {links: [], flashes: [], shifts: []};
const note = Element.prototype.animate;
Element.prototype.animate = function (...given) {
    window.seen.flashes.push(this.closest('tr')?.dataset.symbol ?? 'card');
    return note.apply(this, given);
};
const nameOf = ({node}) => node?.id || node?.className || node?.textContent;
const noteShifts = (list) => {
    for (const {sources} of list.getEntries()) window.seen.shifts.push(...sources.map(nameOf));
};
new PerformanceObserver(noteShifts).observe({type: 'layout-shift'});
document.addEventListener('DOMContentLoaded', () => {
    const root = document.documentElement;
    const look = () => {
        if (window.seen.links.at(-1) !== root.dataset.link) window.seen.links.push(root.dataset.link);
    };
    new MutationObserver(look).observe(root, {attributeFilter: ['data-link']});
    look();
});
"""


class Tab:
    """One tab on the page of a house."""

    def __init__(self, page: Page, url: str) -> None:
        """Watch `page` before it opens anything."""
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.add_init_script(RECORDER)
        page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._check(request.url))
        page.on("websocket", lambda stream: self._check(stream.url.replace("ws", "http", 1)))

    def _check(self, url: str) -> None:
        if not url.startswith(self.url):
            self.faults.append(f"another host: {url}")

    def open(self, query: str = "") -> Tab:
        """Go to the page and wait until it is live."""
        self.page.goto(self.url + query)
        self.page.wait_for_selector("html[data-link=live]")
        self.page.wait_for_selector("tr[data-grade]", state="attached")
        return self

    def forgive(self) -> None:
        """Forget faults that a test caused on purpose: browsers report each failed request."""
        self.faults.clear()

    def row(self, symbol: str) -> Locator:
        """Find a pair's row."""
        return self.page.locator(f"tr[data-symbol='{symbol}']")

    def mid(self, symbol: str) -> Locator:
        """Find a pair's mid in the watchlist."""
        return self.row(symbol).locator(".price")

    def part(self, name: str, within: str = "main") -> Locator:
        """Find a part of a panel by its name."""
        return self.page.locator(f"{within} [data-part={name}]")

    def seen(self, what: str) -> list[Any]:
        """Read what the recorder noted: `links`, `flashes` or `shifts`."""
        noted: list[Any] = self.page.evaluate(f"seen.{what}")
        return noted

    def violations(self) -> list[Any]:
        """Run axe over what is shown now."""
        self.page.evaluate(AXE)
        found: list[Any] = self.page.evaluate(RUN_AXE)
        return found
