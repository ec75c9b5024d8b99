"""A listener hears one source for ever: through garbage, silence, cuts and outages of the house."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import get_ident

import pytest
from django.db import OperationalError

from fxengine import listener
from fxengine.listener import Line, Listener
from fxengine.tests.exchange import GARBAGE, Exchange, Massive, status
from providers.adapters._kraken import Socket
from providers.adapters.base import Tick
from providers.adapters.polygon import Source as Polygon
from providers.secrets import Secret

pytestmark = pytest.mark.asyncio


class Impatient(Socket):
    """Kraken's socket, given up after half a second of silence."""

    silence = timedelta(seconds=0.5)


class Office:
    """Take ticks into a list, unless the house is down."""

    def __init__(self, line: Line | None) -> None:
        self.wanted, self.down = line, False
        self.taken: list[Tick] = []
        self.notes: list[tuple[str, str]] = []
        self.threads: set[int] = set()
        self.closed = False

    def line(self) -> Line | None:
        self.threads.add(get_ident())
        return self.wanted

    def take(self, ticks: list[Tick]) -> None:
        self.threads.add(get_ident())
        if self.down:
            raise OperationalError("the database is away")
        self.taken += ticks

    def note(self, outcome: str, detail: str, seconds: float) -> None:
        self.notes.append((str(outcome), detail))

    def close(self) -> None:
        self.closed = True

    @property
    def mids(self) -> list[str]:
        return [f"{tick.base}/{tick.quote} {tick.mid}" for tick in self.taken]


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with Exchange() as running:
        yield running


@pytest.fixture
def office(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(listener, "SHORTEST_PAUSE", 0.1)
    monkeypatch.setattr(listener, "LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(listener, "PLAN_SECONDS", 0.2)
    return Office(Line(Impatient("kraken"), exchange.url, ('{"method":"subscribe"}',), Secret("")))


@asynccontextmanager
async def listening(office: Office) -> AsyncIterator[None]:
    task = asyncio.create_task(Listener(office).run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=5)


async def until(holds: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def test_ticks_arrive_in_batches_and_the_first_is_noted(exchange: Exchange, office: Office) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        for number in range(3):
            exchange.quote("EUR/USD", 1.08 + number, 1.1 + number)
        await until(lambda: len(office.taken) == 3)
    assert office.mids == ["EUR/USD 1.09", "EUR/USD 2.09", "EUR/USD 3.09"]
    assert office.notes == [("ok", "")]
    assert exchange.heard == [{"method": "subscribe"}]
    assert len(office.threads) == 1


async def test_garbage_is_passed_over(
    exchange: Exchange, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        for frame in (*GARBAGE, b"\xff\xfe\x00", "\ud7ff"):
            exchange.say(frame)
        exchange.quote("GBP/USD", 1.25, 1.27)
        await until(lambda: office.mids[-1:] == ["GBP/USD 1.26"])
    assert len(exchange.connections) == 1
    assert caplog.text.count("stream_frame_refused") == 1


async def test_silence_is_answered_with_a_new_connection(exchange: Exchange, office: Office) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        exchange.beats = False
        began = time.monotonic()
        await until(lambda: len(exchange.connections) == 2)
        assert 0.3 < time.monotonic() - began < 3
        assert ("unavailable", "stream: TimeoutError") in office.notes
        exchange.beats = True
        await until(lambda: len(exchange.heard) == len(exchange.connections))
        exchange.quote("USD/JPY", 150, 152)
        await until(lambda: office.mids == ["USD/JPY 151"])


async def test_while_it_beats_it_is_not_silent(exchange: Exchange, office: Office) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        exchange.say("mark")
        began = time.monotonic()
        await until(lambda: time.monotonic() - began > 1.2)
        assert len(exchange.connections) == 1
        assert office.notes == []


async def test_a_cut_and_a_refusal_are_outlived(exchange: Exchange, office: Office) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        exchange.refuses = True
        exchange.cut()
        await until(lambda: len(office.notes) >= 3)
        exchange.refuses = False
        await until(lambda: len(exchange.connections) == 2)
    assert {outcome for outcome, _ in office.notes} == {"unavailable"}


async def test_what_nobody_can_take_waits(exchange: Exchange, office: Office) -> None:
    office.down = True
    async with listening(office):
        await until(lambda: exchange.heard)
        exchange.quote("EUR/USD", 1.08, 1.1)
        await until(lambda: len(office.threads) == 1 and office.notes)
        exchange.quote("EUR/USD", 1.18, 1.2)
        office.down = False
        await until(lambda: office.mids == ["EUR/USD 1.09", "EUR/USD 1.19"])


async def test_the_last_batch_is_taken_at_the_end(
    exchange: Exchange, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "BATCH_SECONDS", 60)
    async with listening(office):
        await until(lambda: exchange.heard)
        exchange.quote("EUR/USD", 1.08, 1.1)
        await until(lambda: office.notes)
        assert office.taken == []
    assert office.mids == ["EUR/USD 1.09"]
    assert office.closed


async def test_a_change_of_what_is_wanted_makes_a_new_connection(exchange: Exchange, office: Office) -> None:
    async with listening(office):
        await until(lambda: exchange.heard)
        assert office.wanted is not None
        changed = replace(office.wanted, greetings=('{"method":"other"}',))
        office.wanted = None
        await until(lambda: office.notes)
        office.wanted = changed
        await until(lambda: exchange.heard[-1] == {"method": "other"})


SECRET = Secret("a-planted-key-0123456789")


@pytest.fixture
def massive() -> Iterator[Massive]:
    with Massive(SECRET.reveal()) as running:
        yield running


def steps(massive: Massive) -> list[str]:
    return [said["action"] for said in massive.heard]


async def test_a_subscription_follows_when_the_key_was_accepted(massive: Massive, office: Office) -> None:
    accepted, massive.reply = massive.reply, lambda _: status("connected", "not yet")
    office.wanted = Line(Polygon("polygon"), massive.url, massive.greetings, SECRET)
    async with listening(office):
        await until(lambda: massive.heard)
        massive.reply = accepted
        massive.say(status("auth_success", "authenticated"))
        await until(lambda: steps(massive) == ["auth", "subscribe"])
        massive.quotes(("EUR/USD", 1.08, 1.1), ("USD/JPY", 149, 151), at=1795183686123)
        await until(lambda: office.mids == ["EUR/USD 1.09", "USD/JPY 150"])
    assert office.taken[0].as_of == datetime(2026, 11, 20, 14, 8, 6, 123000, tzinfo=UTC)
    assert office.notes == [("ok", "")]


async def test_a_key_that_is_neither_accepted_nor_refused_ends_the_connection(
    massive: Massive, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "OPEN_SECONDS", 0.3)
    massive.reply = lambda _: status("connected", "still connected")
    office.wanted = Line(Polygon("polygon"), massive.url, massive.greetings, SECRET)
    async with listening(office):
        await until(lambda: len(massive.connections) == 2)
    assert set(office.notes) == {("unavailable", "stream: TimeoutError")}
    assert set(steps(massive)) == {"auth"}


@pytest.mark.parametrize(
    ("refusal", "category"),
    [
        (status("auth_failed", f"authentication failed: {SECRET.reveal()}"), "auth"),
        (status("auth_timeout", "No authentication request received."), "auth"),
        (status("max_connections", "Maximum number of websocket connections exceeded."), "quota"),
        (status("error", "You are not entitled to this data; upgrade your plan."), "plan"),
    ],
)
async def test_a_vendor_that_refuses_is_left_alone_and_the_key_unnamed(
    massive: Massive, office: Office, refusal: list[dict[str, str]], category: str
) -> None:
    massive.reply = lambda _: refusal
    office.wanted = Line(Polygon("polygon"), massive.url, massive.greetings, SECRET)
    async with listening(office):
        await until(lambda: office.notes)
        assert (len(massive.connections), steps(massive)) == (1, ["auth"])
    ((outcome, detail),) = office.notes
    assert outcome == category
    assert SECRET.reveal() not in detail + repr(office.wanted)
