"""Valkey and PostgreSQL go away under way and come back; nobody has to restart anything."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from devstack.engines import Postgres, Valkey
from tests.house import House, eventually

DOWN_SECONDS = 1.5


class Listener(threading.Thread):
    """Read the stream on one connection and note when each frame came."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url.replace("http", "ws", 1) + "api/v1/ws/rates"
        self.frames: list[tuple[float, dict[str, Any]]] = []
        self.ended = False
        self.start()

    def run(self) -> None:
        with suppress(ConnectionClosed), connect(self.url) as socket:
            for text in socket:
                self.frames.append((time.monotonic(), json.loads(text)))
        self.ended = True

    def prices_since(self, moment: float) -> list[dict[str, Any]]:
        return [
            price
            for at, frame in list(self.frames)
            if at > moment and frame["type"] in ("rates", "snapshot")
            for price in frame["rates"]
        ]

    def heals_after(self, moment: float) -> float:
        """Wait for a price seen after a moment whose tick is younger than that, and say how long it took."""
        started = time.time() - (time.monotonic() - moment)

        def healed() -> float | None:
            for at, frame in list(self.frames):
                if at > moment and frame["type"] in ("rates", "snapshot"):
                    stamps = [datetime.fromisoformat(p["received_at"]).timestamp() for p in frame["rates"]]
                    if stamps and max(stamps) >= started - 0.5:
                        return at - moment
            return None

        found: float = eventually(healed, 15)
        return found


def restart(engine: Postgres | Valkey) -> float:
    """Kill an engine, leave it down for a moment, start it again; return when it was back."""
    engine.kill()
    time.sleep(DOWN_SECONDS)
    engine.start()
    return time.monotonic()


def test_the_stream_heals_by_itself_after_valkey_came_back(house: House) -> None:
    listener = Listener(house.url)
    eventually(lambda: len(listener.frames) > 4)
    back = restart(house.valkey)
    took = listener.heals_after(back)
    print(f"stream healed {took:.2f} s after Valkey's return")
    assert not listener.ended
    eventually(lambda: house.price("EUR/USD")["grade"] == "fresh")
    assert_seq_without_holes(house)


def test_no_stored_price_is_lost_when_postgresql_restarts(house: House) -> None:
    listener = Listener(house.url)
    eventually(lambda: len(listener.frames) > 4)
    published = {price["rate_id"] for price in listener.prices_since(0)}
    body = {"from": "EUR", "to": "USD", "amount": "10"}
    receipt = httpx.post(f"{house.url}api/v1/convert", json=body).json()
    back = restart(house.postgres)
    took = listener.heals_after(back)
    print(f"stream healed {took:.2f} s after PostgreSQL's return")
    assert not listener.ended
    kept = {str(row[0]) for row in house.query("SELECT id FROM rates_rate")}
    assert published <= kept
    assert house.get(f"conversions/{receipt['id']}").json() == receipt
    assert_seq_without_holes(house)


def test_reads_go_on_from_memory_while_postgresql_is_away(house: House) -> None:
    house.postgres.kill()
    try:
        assert house.get("rates/EUR/USD").status_code == 200
        answer = httpx.post(
            f"{house.url}api/v1/convert", json={"from": "EUR", "to": "USD", "amount": "10"}, timeout=20
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    finally:
        house.postgres.start()
    eventually(lambda: house.get("health").json()["components"]["database"]["status"] == "ok")


def assert_seq_without_holes(house: House) -> None:
    first, last, count = house.query("SELECT min(seq), max(seq), count(DISTINCT seq) FROM rates_rate")[0]
    assert count == last - first + 1
