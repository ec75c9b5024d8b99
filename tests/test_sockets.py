"""Two programs on the stream: each sees all of its prices and only those, in order."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.house import House

SECONDS = 3
WANTED = ["EUR/USD", "JPY/USD"]


def open_socket(house: House, query: str = "") -> ClientConnection:
    return connect(house.url.replace("http", "ws", 1) + "api/v1/ws/rates" + query)


def read(socket: ClientConnection, seconds: float) -> list[dict[str, Any]]:
    """Read frames for a while."""
    deadline, frames = time.monotonic() + seconds, []
    while (left := deadline - time.monotonic()) > 0:
        try:
            frames.append(json.loads(socket.recv(timeout=left)))
        except TimeoutError:
            break
    return frames


def test_two_clients_see_all_and_only_their_prices_in_order(house: House) -> None:
    with open_socket(house) as everything, open_socket(house, f"?pairs={','.join(WANTED)}") as some:
        all_frames, some_frames = read(everything, SECONDS), []
        some_frames = read(some, 0.5)
    for frames in (all_frames, some_frames):
        assert [frame["type"] for frame in frames[:3]] == ["welcome", "subscribed", "snapshot"]
        assert frames[0]["environment"] == "demo"
        assert_chained(frames)
    assert {
        p["symbol"] for f in some_frames if f["type"] in ("snapshot", "rates") for p in f["rates"]
    } == set(WANTED)
    assert len({p["symbol"] for p in all_frames[2]["rates"]}) == 36
    assert_all_of_the_database(house, all_frames)


def assert_chained(frames: list[dict[str, Any]]) -> None:
    """Hold each frame to the one before it: `prev` names its `seq`, and seq only rises."""
    carrying = [frame for frame in frames if frame["type"] in ("snapshot", "rates")]
    assert len(carrying) > 3
    for before, after in pairwise(carrying):
        assert after["prev"] == before["seq"]
        assert after["seq"] > before["seq"]
        assert after["conflated"] == 0


def assert_all_of_the_database(house: House, frames: list[dict[str, Any]]) -> None:
    """Hold what came to what was stored between the first and the last frame."""
    came = {p["rate_id"]: p for frame in frames if frame["type"] == "rates" for p in frame["rates"]}
    seqs = [frame["seq"] for frame in frames if frame["type"] == "rates"]
    rows = house.query(f"SELECT id, mid FROM rates_rate WHERE seq BETWEEN {min(seqs)} AND {max(seqs)}")
    assert {str(rate_id) for rate_id, _ in rows} == set(came)
    assert all(came[str(rate_id)]["mid"] == f"{mid.normalize():f}" for rate_id, mid in rows)
