"""Look for a planted key in all that a running house leaves behind, however it is written there."""

from __future__ import annotations

import html
import json
import subprocess
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import redis

from devstack.binaries import postgres_bin
from fxengine.tests.pages import Form
from tests.house import House

_PART = 8


def written(key: str) -> set[bytes]:
    """List how a key may be written, as a whole, in part or backwards, in small letters."""
    plain = {key, quote(key), quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], html.escape(key)}
    plain |= {key[:_PART], key[-_PART:], key.encode().hex()}
    forms = {form.encode() for form in plain} | {form[::-1].encode() for form in plain}
    for before in range(3):
        # In the middle of a longer text Base64 has three ways to write it, and its ends belong to others.
        text = b"\0" * before + key.encode()
        whole = len(text) // 3 * 4
        forms |= {encode(text)[4 if before else 0 : whole] for encode in (b64encode, urlsafe_b64encode)}
    return {form.lower() for form in forms}


def shows(places: dict[str, bytes], key: str) -> set[str]:
    """Name the places that show a key."""
    forms = written(key)
    return {name for name, found in places.items() if any(form in found.lower() for form in forms)}


def files(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder: logs, state, and what the engines keep there."""
    found = {}
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                found[f"file {path.relative_to(folder)}"] = path.read_bytes()
    return found


def rows(house: House) -> dict[str, bytes]:
    """Dump the database, and the statements that its sessions ran last."""
    command = [postgres_bin() / "pg_dump", "--inserts", house.postgres.url]
    dump = subprocess.run(command, capture_output=True, check=True).stdout
    return {"dump": dump, "statements": str(house.query("SELECT query FROM pg_stat_activity")).encode()}


def kept_in_redis(house: House) -> dict[str, bytes]:
    """Read every key of Redis, whatever its type: queues, cache, locks, paces."""
    readers = {
        b"string": lambda client, key: client.get(key),
        b"list": lambda client, key: client.lrange(key, 0, -1),
        b"hash": lambda client, key: client.hgetall(key),
        b"set": lambda client, key: client.smembers(key),
        b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
        b"stream": lambda client, key: client.xrange(key),
    }
    with redis.Redis.from_url(house.valkey.url) as client:
        found = {}
        for key in client.scan_iter(count=1000):
            kind = client.type(key)
            if kind != b"none":  # it ran out meanwhile
                found[f"redis {key!r}"] = key + repr(readers[kind](client, key)).encode()
        return found


@contextmanager
def overheard(house: House) -> Iterator[list[bytes]]:
    """Hear every command that reaches Redis during a block: tasks with their arguments, messages, locks."""
    heard: list[bytes] = []
    line = redis.Redis.from_url(house.valkey.url).connection_pool.get_connection()
    line.send_command("MONITOR")
    line.read_response()

    def listen() -> None:
        with suppress(redis.ConnectionError, OSError, ValueError):
            while True:
                heard.append(line.read_response(disable_decoding=True))

    thread = Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        line.disconnect()
        thread.join(5)


class Staff:
    """Somebody of the staff with a browser, who keeps every page that was shown."""

    def __init__(self, house: House, password: str) -> None:
        self.pages: dict[str, bytes] = {}
        self._client = httpx.Client(base_url=house.url, follow_redirects=True, timeout=30)
        form = self._form("admin/login/", "login-form")
        self._send("admin/login/", form | {"username": "admin", "password": password, "next": "/admin/"})

    def set_up(self, pk: int, **fields: str) -> None:
        """Change a source on its page."""
        path = f"admin/providers/provider/{pk}/change/"
        answer = self._send(path, self._form(path, "provider_form") | fields)
        assert "was changed successfully" in answer.text, Form(answer.text, "provider_form").sent

    def open(self, path: str, **query: Any) -> httpx.Response:
        """Open a page or ask the API."""
        answer = self._client.get(path, params=query)
        self._keep("GET", path, answer)
        return answer

    def _form(self, path: str, form: str) -> dict[str, Any]:
        return dict(Form(self.open(path).text, form).sent)

    def _send(self, path: str, form: dict[str, Any]) -> httpx.Response:
        origin = {"Referer": str(self._client.base_url.join(path))}
        answer = self._client.post(path, data=form, headers=origin)
        self._keep("POST", path, answer)
        return answer

    def _keep(self, method: str, path: str, answer: httpx.Response) -> None:
        assert answer.status_code == 200, (path, answer.status_code)
        name = f"page {method} {path}"
        self.pages[name] = self.pages.get(name, b"") + str(answer.headers).encode() + answer.content
