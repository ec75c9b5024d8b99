"""One socket, quick or slow, that never makes another wait."""

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from streaming.connection import Connection, Message, text_message
from streaming.tests.peer import Peer, settle

pytestmark = pytest.mark.asyncio


def owed_by(connection: Connection) -> None:
    names, replaced = connection.settle()
    connection.write(text_message(f"{','.join(names)} {replaced}"))


def connect(peer: Peer, catch_up: Callable[[Connection], None] = owed_by) -> Connection:
    return Connection(peer.send, catch_up)


async def test_a_frame_leaves_at_once() -> None:
    peer = Peer()
    connect(peer).write(text_message("a"))
    assert peer.texts == ["a"]


async def test_a_peer_that_does_not_read_holds_one_frame_and_nobody_up() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    assert not connection.free
    connection.write(text_message("b"))
    peer.read()
    await settle()
    assert peer.texts == ["a"]
    assert connection.free


async def test_a_slow_peer_gets_each_owed_name_once_when_it_reads_again() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.owe(["EUR/USD", "GBP/USD"])
    connection.owe(["EUR/USD"])
    connection.owe(["EUR/USD"])
    peer.read()
    await settle()
    assert peer.texts == ["a", "EUR/USD,GBP/USD 2"]


async def test_a_peer_is_behind_until_it_has_kept_up_for_a_while() -> None:
    peer = Peer()
    connection = connect(peer)
    assert connection.behind_for() == 0
    peer.stop_reading()
    connection.write(text_message("a"))
    await asyncio.sleep(0.002)
    assert connection.behind_for() > 0
    peer.read()
    await settle()
    assert connection.behind_for() > 0
    connection.caught_up_at -= 6
    assert connection.behind_for() == 0


async def test_a_peer_that_reads_too_little_is_behind_since_its_first_wait() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.owe(["EUR/USD"])
    await asyncio.sleep(0.002)
    behind = connection.behind_for()
    peer.read(2)
    await settle()
    assert peer.texts == ["a", "EUR/USD 0"]
    connection.write(text_message("b"))
    assert not connection.free
    assert connection.behind_for() > behind


async def test_an_answer_goes_before_owed_prices() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.owe(["EUR/USD"])

    async def answer() -> None:
        await connection.turn()
        connection.write(text_message("pong"))

    answering = asyncio.create_task(answer())
    await settle()
    peer.read()
    await answering
    await settle()
    assert peer.texts == ["a", "pong", "EUR/USD 0"]


async def test_it_closes_with_a_code_and_says_no_more() -> None:
    peer = Peer()
    connection = connect(peer)
    connection.close(4400, "bad client")
    connection.write(text_message("a"))
    connection.close(4429, "again")
    assert peer.messages == [{"type": "websocket.close", "code": 4400, "reason": "bad client"}]
    assert connection.over


async def test_it_closes_after_the_frame_under_way() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.owe(["EUR/USD"])
    connection.close(4008, "too slow")
    peer.read()
    await settle()
    assert peer.texts == ["a"]
    assert peer.close == {"type": "websocket.close", "code": 4008, "reason": "too slow"}


async def test_a_peer_that_has_left_is_over() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.leave()
    connection.write(text_message("a"))
    assert connection.over


async def test_a_peer_that_leaves_in_the_middle_of_a_frame_is_over() -> None:
    peer = Peer()
    connection = connect(peer)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.owe(["EUR/USD"])
    peer.leave()
    await connection.turn()
    await settle()
    assert connection.over
    assert peer.messages == []


async def test_abandoning_ends_the_send_under_way() -> None:
    peer = Peer()
    ended = asyncio.Event()

    async def send(message: Message) -> None:
        try:
            await peer.send(message)
        finally:
            ended.set()

    connection = Connection(send, owed_by)
    peer.stop_reading()
    connection.write(text_message("a"))
    connection.abandon()
    await settle()
    assert ended.is_set()
    assert connection.over


async def test_a_send_that_fails_for_another_reason_is_logged() -> None:
    peer = Peer()

    async def send(message: Message) -> None:
        await peer.send(message)
        raise ValueError("not a frame")

    connection = Connection(send, owed_by)
    peer.stop_reading()
    connection.write(text_message("a"))
    with capture_logs() as lines:
        peer.read()
        await settle()
    assert [line["event"] for line in lines] == ["send_failed"]
    assert connection.over
