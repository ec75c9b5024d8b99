"""The protocol with one client, frame by frame."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streaming.connection import Connection
from streaming.session import Session, pairs_of, resolve
from streaming.tests.builders import price
from streaming.tests.peer import Peer
from streaming.tests.scene import Scene, told


class Client:
    """A peer with its session, in a scene."""

    def __init__(self, scene: Scene) -> None:
        """Connect without a word."""
        self.peer = Peer()
        self.session = Session(scene.audience, Connection(self.peer.send, scene.audience.catch_up))

    async def say(self, **frame: Any) -> list[dict[str, Any]]:
        """Send a frame and list what came back."""
        return await self.send(json.dumps(frame))

    async def send(self, text: str | None) -> list[dict[str, Any]]:
        """Send a text and list what came back."""
        seen = len(self.peer.frames)
        await self.session.take(text)
        return self.peer.frames[seen:]


async def opened(scene: Scene, query: bytes = b"") -> Client:
    client = Client(scene)
    await client.session.open(query)
    return client


def test_the_url_names_pairs_in_any_writing() -> None:
    assert pairs_of(b"pairs=EUR%2FUSD,gbp-usd,%20&pairs=USDJPY&x=1") == ["EUR/USD", "gbp-usd", "USDJPY"]
    assert pairs_of(b"pairs=") == []
    assert pairs_of(b"") == []
    assert pairs_of(b"pairs=\xff,EUR/USD")[1] == "EUR/USD"


def test_it_takes_known_pairs_once_and_says_why_it_refuses_others() -> None:
    names, rejected = resolve(["eurusd", "EUR/USD", "NOK/SEK", "EUR", "ABC/USD"], {"EUR/USD"}, "not_tracked")
    assert names == ["EUR/USD"]
    assert [(each["pair"], each["code"]) for each in rejected] == [
        ("NOK/SEK", "not_tracked"),
        ("EUR", "invalid_pair"),
        ("ABC/USD", "invalid_pair"),
    ]
    assert rejected[0]["detail"] == "NOK/SEK is not tracked."


@pytest.mark.asyncio
async def test_a_client_is_welcomed_subscribed_and_shown_everything() -> None:
    client = await opened(Scene())
    welcome, subscribed, snapshot = client.peer.frames
    assert (welcome["type"], welcome["stream"], welcome["seq"]) == ("welcome", "a", 1)
    assert subscribed == {
        "type": "subscribed",
        "req_id": None,
        "pairs": ["EUR/USD", "GBP/USD"],
        "rejected": [],
    }
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
    assert told(snapshot) == {"EUR/USD": "1.25", "GBP/USD": "1.5"}


@pytest.mark.asyncio
async def test_a_bad_pair_in_the_url_is_rejected_and_the_rest_is_served() -> None:
    client = await opened(Scene(), b"pairs=EUR/USD,EUR/XYZ")
    _, subscribed, snapshot = client.peer.frames
    assert subscribed["pairs"] == ["EUR/USD"]
    assert [each["code"] for each in subscribed["rejected"]] == ["invalid_pair"]
    assert told(snapshot) == {"EUR/USD": "1.25"}


@pytest.mark.asyncio
async def test_too_many_pairs_in_the_url_are_an_error_on_an_open_socket() -> None:
    client = await opened(Scene(), b"pairs=" + b",".join([b"EURUSD"] * 201))
    assert [frame["type"] for frame in client.peer.frames] == ["welcome", "error"]
    assert client.peer.frames[1]["code"] == "too_many_pairs"
    assert (await client.say(type="ping"))[0]["type"] == "pong"


@pytest.mark.asyncio
async def test_a_tracked_pair_without_a_price_yet_is_accepted() -> None:
    scene = Scene()
    scene.audience.track(frozenset({"AUD/USD"}))
    client = await opened(scene, b"pairs=AUD/USD")
    assert client.peer.frames[1]["pairs"] == ["AUD/USD"]
    assert client.peer.frames[2]["rates"] == []
    scene.publish(2, price("AUD/USD", "0.65", 2))
    assert told(client.peer.frames[3]) == {"AUD/USD": "0.65"}


@pytest.mark.asyncio
async def test_a_subscription_brings_a_snapshot_of_the_new_pairs_and_then_their_prices() -> None:
    scene = Scene()
    client = await opened(scene, b"pairs=EUR/USD")
    subscribed, snapshot = await client.say(type="subscribe", pairs=["USD/GBP", "USD/ABC"], req_id=7)
    assert (subscribed["type"], subscribed["req_id"], subscribed["pairs"]) == ("subscribed", 7, ["USD/GBP"])
    assert [each["pair"] for each in subscribed["rejected"]] == ["USD/ABC"]
    assert told(snapshot) == {"USD/GBP": "0.666666666667"}
    scene.publish(2, price("GBP/USD", "2", 2), price("EUR/USD", "1.3", 2))
    assert told(client.peer.frames[-1]) == {"EUR/USD": "1.3", "USD/GBP": "0.5"}


@pytest.mark.asyncio
async def test_a_subscription_that_was_refused_whole_brings_no_snapshot() -> None:
    client = await opened(Scene(), b"pairs=EUR/USD")
    (subscribed,) = await client.say(type="subscribe", pairs=["NOK/SEK"])
    assert (subscribed["pairs"], subscribed["rejected"][0]["code"]) == ([], "not_tracked")


@pytest.mark.asyncio
async def test_a_price_that_waited_to_be_sent_is_not_repeated_after_the_snapshot() -> None:
    scene = Scene()
    scene.tell(2, price("EUR/USD", "1.3", 2))
    client = await opened(scene)
    scene.audience.flush()
    assert [frame["type"] for frame in client.peer.frames] == ["welcome", "subscribed", "snapshot"]
    assert told(client.peer.frames[2])["EUR/USD"] == "1.3"


@pytest.mark.asyncio
async def test_unsubscribing_ends_one_pair_and_refuses_what_was_not_subscribed() -> None:
    scene = Scene()
    client = await opened(scene)
    (answer,) = await client.say(type="unsubscribe", pairs=["EUR/USD", "USD/GBP"], req_id="u")
    assert (answer["type"], answer["req_id"], answer["pairs"]) == ("unsubscribed", "u", ["EUR/USD"])
    assert answer["rejected"] == [
        {"pair": "USD/GBP", "code": "not_subscribed", "detail": "USD/GBP is not subscribed."}
    ]
    scene.publish(2, price("EUR/USD", "1.3", 2), price("GBP/USD", "1.6", 2))
    assert told(client.peer.frames[-1]) == {"GBP/USD": "1.6"}


@pytest.mark.asyncio
async def test_a_list_names_every_pair_as_it_was_asked() -> None:
    client = await opened(Scene(), b"pairs=USD/EUR")
    await client.say(type="subscribe", pairs=["GBP/USD"])
    (answer,) = await client.say(type="list", req_id=3)
    assert answer == {"type": "subscribed", "req_id": 3, "pairs": ["GBP/USD", "USD/EUR"], "rejected": []}


@pytest.mark.asyncio
async def test_a_ping_is_answered_with_its_req_id_and_the_time() -> None:
    client = await opened(Scene())
    (answer,) = await client.say(type="ping", req_id=3)
    assert answer == {"type": "pong", "req_id": 3, "server_time": "2026-11-20T12:00:00.000Z"}


@pytest.mark.asyncio
async def test_nine_bad_frames_are_told_and_the_tenth_ends_it() -> None:
    client = await opened(Scene())
    for _ in range(9):
        (error,) = await client.send("{")
        assert error["code"] == "invalid_json"
    assert client.peer.close is None
    await client.send(None)
    assert client.peer.frames[-1]["code"] == "invalid_json"
    assert client.peer.close == {"type": "websocket.close", "code": 4400, "reason": "invalid_json"}


@pytest.mark.asyncio
async def test_twenty_commands_a_second_are_answered_and_more_are_not() -> None:
    client = await opened(Scene())
    answers = [(await client.say(type="ping"))[0] for _ in range(29)]
    assert [answer["type"] for answer in answers] == ["pong"] * 20 + ["error"] * 9
    assert answers[-1]["code"] == "too_many_commands"
    assert client.peer.close is None
    await client.say(type="ping")
    assert client.peer.close is not None
    assert client.peer.close["code"] == 4429


@pytest.mark.asyncio
async def test_a_session_that_ended_is_told_nothing() -> None:
    scene = Scene()
    client = await opened(scene)
    client.session.end()
    scene.publish(2, price("EUR/USD", "1.3", 2))
    assert [frame["type"] for frame in client.peer.frames] == ["welcome", "subscribed", "snapshot"]
    assert len(scene.audience) == 0
