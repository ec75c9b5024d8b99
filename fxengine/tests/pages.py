"""Read the admin's pages as a browser does: what a form would send, where the filters lead."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs

from rest_framework.test import APIClient


def opens(client: APIClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    text: str = answer.content.decode()
    return text


def filters(page: str) -> list[str]:
    """List the links that a changelist's filters offer, two of each kind."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for link in re.findall(r'href="\?([^"]+)"', page):
        query = unescape(link)
        kinds.setdefault(tuple(sorted(parse_qs(query))), []).append(query)
    return [query for kind, links in kinds.items() if kind != ("o",) for query in links[:2]]


class Form(HTMLParser):
    """Read what the main form of an admin page would send."""

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._form_id, self._inside = form_id, False
        self._select: tuple[str, list[tuple[str, bool]], bool] | None = None
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self._inside = given.get("id") == self._form_id
        name = given.get("name")
        if not self._inside:
            return
        if tag == "input" and name and "disabled" not in given:
            self._input(name, given)
        elif tag == "select" and name:
            self._select = (name, [], "multiple" in given)
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value") or "", "selected" in given))
        elif tag == "textarea" and name:
            self._text = name
            self._add(name, "")

    def _input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            if "checked" in given:
                self._add(name, given.get("value") or "on")
        elif kind not in ("submit", "button", "file", "image"):
            self._add(name, given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._text:
            self.sent[self._text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text:
            self.sent[self._text][-1] = self.sent[self._text][-1].removeprefix("\n").removeprefix("\r\n")
            self._text = None
        elif tag == "select" and self._select:
            name, options, multiple = self._select
            chosen = [text for text, selected in options if selected]
            if not chosen and not multiple and options:
                chosen = [options[0][0]]
            for text in chosen:
                self._add(name, text)
            self._select = None

    def _add(self, name: str, text: str) -> None:
        self.sent.setdefault(name, []).append(text)
