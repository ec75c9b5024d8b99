"""A stream's connection: to a public address or none, and straight."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from pytest_django import Settings
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus

from fxengine.dialling import dial
from providers.guard import Refused

pytestmark = pytest.mark.asyncio
STATUSES = [301, 302, 303, 307, 308]


class Vendor:
    """A socket server that hears, or that sends whoever comes elsewhere."""

    def __init__(self, elsewhere: str = "", status: int = 302) -> None:
        self.heads: list[str | None] = []
        self._elsewhere, self._status = elsewhere, status

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Run it; yield its port."""
        async with serve(self._hear, "127.0.0.1", 0, process_request=self._answer) as server:
            yield server.sockets[0].getsockname()[1]

    async def _hear(self, connection: ServerConnection) -> None:
        await connection.wait_closed()

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        self.heads.append(request.headers["Host"])
        if not self._elsewhere:
            return None
        return Response(self._status, HTTPStatus(self._status).phrase, Headers(Location=self._elsewhere), b"")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_it_is_led_nowhere_else(status: int, host: str) -> None:
    thief = Vendor()
    async with thief.open() as port:
        vendor = Vendor(f"ws://{host}:{port}/steal", status)
        async with vendor.open() as own:
            with pytest.raises(InvalidStatus):
                await dial(f"ws://127.0.0.1:{own}/")
    assert (len(vendor.heads), thief.heads) == (1, [])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_private_address_is_not_dialled(settings: Settings, host: str) -> None:
    settings.FX_ALLOW_PRIVATE_SOURCES = False
    vendor = Vendor()
    async with vendor.open() as port:
        with pytest.raises(Refused, match="not public"):
            await dial(f"ws://{host}:{port}/")
    assert vendor.heads == []


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for a name server that changes its mind: it gives one list of addresses after the other."""
    answers: list[list[str]] = []

    def resolve(_host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


async def test_the_checked_address_is_dialled_whatever_the_name_says_next(resolver: list[list[str]]) -> None:
    vendor = Vendor()
    async with vendor.open() as port:
        resolver += [["127.0.0.1"], ["127.0.0.2"]]
        async with await dial(f"ws://vendor.example:{port}/"):
            assert vendor.heads == [f"vendor.example:{port}"]
    assert resolver == [["127.0.0.2"]]


async def test_the_next_address_is_tried_where_the_first_does_not_answer(resolver: list[list[str]]) -> None:
    vendor = Vendor()
    async with vendor.open() as port:
        resolver.append(["::1", "127.0.0.1"])
        async with await dial(f"ws://vendor.example:{port}/"):
            assert len(vendor.heads) == 1


async def test_where_nobody_answers_is_an_error_of_the_network(resolver: list[list[str]]) -> None:
    resolver.append(["127.0.0.1"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            await dial(f"ws://vendor.example:{taken.getsockname()[1]}/")
