"""Who is told what: prices, snapshots, heartbeats, and what a slow reader misses."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from streaming.interest import Interest
from streaming.tests.builders import NOON, price
from streaming.tests.peer import settle
from streaming.tests.scene import Scene, told

pytestmark = pytest.mark.asyncio
ALL = Interest(everything=True)


async def test_each_gets_only_what_it_wants() -> None:
    scene = Scene()
    everyone, _ = scene.join(ALL)
    one, _ = scene.join(Interest(asked=frozenset({"GBP/USD"})))
    scene.publish(2, price("EUR/USD", "1.3", 2))
    scene.publish(3, price("GBP/USD", "1.6", 3))
    assert [told(frame) for frame in everyone.frames] == [{"EUR/USD": "1.3"}, {"GBP/USD": "1.6"}]
    assert [told(frame) for frame in one.frames] == [{"GBP/USD": "1.6"}]


async def test_the_prev_of_each_frame_is_the_seq_before_it_on_that_connection() -> None:
    scene = Scene()
    one, _ = scene.join(Interest(asked=frozenset({"GBP/USD"})))
    for seq in (2, 3, 4):
        scene.publish(seq, price("EUR/USD", f"1.{seq}", seq))
    scene.publish(5, price("GBP/USD", "1.7", 5))
    scene.publish(6, price("GBP/USD", "1.8", 6))
    assert [(frame["seq"], frame["prev"]) for frame in one.frames] == [(5, 1), (6, 5)]


async def test_a_pair_comes_under_the_name_that_was_asked() -> None:
    scene = Scene()
    peer, _ = scene.join(Interest(asked=frozenset({"USD/EUR", "EUR/USD"})))
    scene.publish(2, price("EUR/USD", "1.28", 2))
    (frame,) = peer.frames
    assert told(frame) == {"EUR/USD": "1.28", "USD/EUR": "0.78125"}
    assert Decimal("1.28") * Decimal("0.78125") == 1


async def test_every_price_says_that_it_is_from_the_demo() -> None:
    scene = Scene()
    peer, _ = scene.join(ALL)
    scene.publish(2, price("EUR/USD", "1.3", 2))
    assert [each["environment"] for each in peer.frames[0]["rates"]] == ["demo"]


async def test_those_with_the_same_interest_share_one_message() -> None:
    scene = Scene()
    first, _ = scene.join(ALL)
    second, _ = scene.join(ALL)
    scene.publish(2, price("EUR/USD", "1.3", 2))
    assert first.messages[0] is second.messages[0]


async def test_runs_of_different_pairs_within_a_few_milliseconds_come_as_one_frame() -> None:
    scene = Scene()
    peer, _ = scene.join(ALL)
    scene.publish(2, price("EUR/USD", "1.3", 2))
    scene.tell(3, price("EUR/USD", "1.4", 3))
    scene.tell(4, price("GBP/USD", "1.9", 4))
    assert len(peer.frames) == 1
    await peer.received(2)
    assert [told(frame) for frame in peer.frames[1:]] == [{"EUR/USD": "1.4", "GBP/USD": "1.9"}]
    assert (peer.frames[1]["seq"], peer.frames[1]["prev"]) == (4, 2)


async def test_no_price_is_swallowed_however_fast_the_runs_follow() -> None:
    scene = Scene()
    peer, _ = scene.join(ALL)
    for seq in range(2, 7):
        scene.tell(seq, price("EUR/USD", f"1.{seq}", seq))
    await peer.received(5)
    assert [told(frame)["EUR/USD"] for frame in peer.frames] == ["1.2", "1.3", "1.4", "1.5", "1.6"]
    assert [(frame["seq"], frame["prev"]) for frame in peer.frames] == [
        (2, 1),
        (3, 2),
        (4, 3),
        (5, 4),
        (6, 5),
    ]


async def test_a_reader_that_stops_delays_nobody_and_gets_the_newest() -> None:
    scene = Scene()
    slow, _ = scene.join(ALL)
    quick, _ = scene.join(ALL)
    slow.stop_reading()
    for seq in range(2, 7):
        scene.publish(seq, price("EUR/USD", f"1.{seq}", seq))
    scene.publish(7, price("GBP/USD", "1.9", 7))
    assert [frame["seq"] for frame in quick.frames] == [2, 3, 4, 5, 6, 7]
    slow.read()
    await settle()
    first, second = slow.frames
    assert (first["seq"], told(first), first["conflated"]) == (2, {"EUR/USD": "1.2"}, 0)
    assert (second["seq"], second["prev"], second["conflated"]) == (7, 2, 3)
    assert told(second) == {"EUR/USD": "1.6", "GBP/USD": "1.9"}


async def test_a_gap_sends_a_whole_snapshot_to_those_who_missed_something() -> None:
    scene = Scene()
    missed, _ = scene.join(ALL)
    untouched, _ = scene.join(Interest(asked=frozenset({"GBP/USD"})))
    scene.board.put([price("EUR/USD", "1.4", 5)], 5)
    scene.audience.heal(["EUR/USD"])
    (frame,) = missed.frames
    assert (frame["type"], frame["reason"], frame["seq"], frame["stream"]) == ("snapshot", "gap", 5, "a")
    assert told(frame) == {"EUR/USD": "1.4", "GBP/USD": "1.5"}
    assert untouched.frames == []
    scene.publish(6, price("EUR/USD", "1.5", 6))
    assert (missed.frames[-1]["seq"], missed.frames[-1]["prev"]) == (6, 5)


async def test_a_slow_reader_gets_the_gap_snapshot_when_it_reads_again() -> None:
    scene = Scene()
    slow, _ = scene.join(ALL)
    slow.stop_reading()
    scene.publish(2, price("EUR/USD", "1.3", 2))
    scene.board.put([price("EUR/USD", "1.4", 5)], 5)
    scene.audience.heal(["EUR/USD"])
    slow.read()
    await settle()
    assert [(frame["type"], frame.get("reason")) for frame in slow.frames] == [
        ("rates", None),
        ("snapshot", "gap"),
    ]
    assert told(slow.frames[1])["EUR/USD"] == "1.4"


async def test_a_price_that_turns_stale_is_sent_again_with_the_same_seq() -> None:
    scene = Scene()
    peer, _ = scene.join(Interest(asked=frozenset({"EUR/USD"})))
    scene.audience.pulse()
    assert peer.frames == []
    scene.time += timedelta(seconds=21)
    scene.audience.pulse()
    scene.audience.flush()
    (frame,) = peer.frames
    assert (frame["type"], frame["seq"], frame["prev"]) == ("rates", 1, 1)
    assert (frame["rates"][0]["grade"], frame["rates"][0]["stale"]) == ("stale", True)
    scene.audience.pulse()
    scene.audience.flush()
    assert len(peer.frames) == 1


async def test_a_price_that_is_fresh_again_is_not_sent_twice() -> None:
    scene = Scene()
    peer, _ = scene.join(ALL)
    scene.time += timedelta(seconds=21)
    scene.audience.pulse()
    scene.publish(2, price("EUR/USD", "1.3", 2, as_of=scene.time))
    seen = len(peer.frames)
    scene.audience.pulse()
    scene.audience.flush()
    assert len(peer.frames) == seen
    assert peer.frames[-1]["rates"][0]["grade"] == "fresh"


async def test_a_silence_is_filled_with_a_heartbeat_that_names_stale_pairs() -> None:
    scene = Scene()
    peer, connection = scene.join(Interest(asked=frozenset({"EUR/USD", "USD/GBP"})))
    scene.board.put([price("EUR/USD", "1.3", 2, as_of=NOON + timedelta(seconds=20))], 2)
    scene.time += timedelta(seconds=21)
    scene.audience.pulse()
    assert peer.frames == []
    connection.last_sent -= 5
    scene.audience.pulse()
    scene.audience.pulse()
    (frame,) = peer.frames
    assert frame == {
        "type": "heartbeat",
        "seq": 2,
        "server_time": "2026-11-20T12:00:21.000Z",
        "stale": ["USD/GBP"],
    }


async def test_who_is_behind_for_half_a_minute_is_sent_away() -> None:
    scene = Scene()
    slow, connection = scene.join(ALL)
    quick, _ = scene.join(ALL)
    slow.stop_reading()
    scene.publish(2, price("EUR/USD", "1.3", 2))
    scene.audience.pulse()
    assert not connection.over
    connection.behind_since = asyncio.get_running_loop().time() - 31
    scene.audience.pulse()
    slow.read()
    await settle()
    assert slow.close is not None
    assert slow.close["code"] == 4008
    assert quick.close is None


async def test_a_pair_that_is_tracked_from_now_on_reaches_those_who_want_all() -> None:
    scene = Scene()
    peer, _ = scene.join(ALL)
    scene.audience.track(frozenset({"AUD/USD", "EUR/USD", "GBP/USD"}))
    scene.publish(2, price("AUD/USD", "0.65", 2))
    assert told(peer.frames[0]) == {"AUD/USD": "0.65"}


async def test_who_has_left_is_forgotten() -> None:
    scene = Scene()
    peer, connection = scene.join(ALL)
    scene.audience.leave(connection)
    scene.audience.leave(connection)
    scene.publish(2, price("EUR/USD", "1.3", 2))
    assert peer.frames == []
    assert len(scene.audience) == 0
