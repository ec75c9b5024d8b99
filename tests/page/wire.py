"""Stand on the wire of the page's streams, between the browser and the house."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import WebSocketRoute

from tests.page.tab import Tab

STREAM = re.compile(r"/api/v1/ws/rates")
Frame = dict[str, Any]


class Wire:
    """Note the addresses of streams, change or drop their frames, or close them with a code."""

    def __init__(self, tab: Tab) -> None:
        """Let everything pass until told otherwise."""
        self.addresses: list[str] = []
        self.code: int | None = None
        self.change: Callable[[Frame], Frame | None] = lambda frame: frame
        tab.page.route_web_socket(STREAM, self._connect)

    def _connect(self, near: WebSocketRoute) -> None:
        self.addresses.append(near.url)
        if self.code is not None:
            near.close(code=self.code)
            return
        far = near.connect_to_server()
        far.on_message(lambda text: self._pass_on(near, text))

    def _pass_on(self, near: WebSocketRoute, text: str | bytes) -> None:
        frame = self.change(json.loads(text))
        if frame is not None:
            near.send(json.dumps(frame))
