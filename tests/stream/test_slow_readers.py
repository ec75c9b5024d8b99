"""Clients that read too little or not at all, against the clock: a minute, so not in the default run."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fxengine import serve
from tests.stream.runs import run
from tests.stream.web import Client, Web

pytestmark = pytest.mark.faults
CROWD = 20
# A server without what its connections inherit, and without pings.
LIMITLESS = (
    "import uvicorn; from fxengine import serve; serve.TCP_OPTIONS = {};"
    " made = uvicorn.Config; uvicorn.Config = lambda *a, **k: made(*a, **k | {'ws_ping_interval': None})"
)
ESTABLISHED = "01"
DRIP_BYTES, DRIP_S = 6_000, 0.1


def drive(web: Web, until: float) -> Iterator[Client]:
    """Publish all pairs over and over, about twenty times a second, to one good client."""
    with web.connect() as good:
        names = [symbol.replace("/", "") for symbol in good.until_type("subscribed")["pairs"]]
        good.until_type("snapshot")
        number = 0
        while time.monotonic() < until:
            number += 1
            run(**dict.fromkeys(names, f"1.{number + 1000}"))
            good.until_type("rates")
            yield good
            time.sleep(0.04)  # the pace of the load, not a wait for anything


def resident_mb(pid: int) -> float:
    """Read how much memory a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def connections(port: int) -> int:
    """Count the connections that the server's end holds open; a peer cut by TCP_USER_TIMEOUT is not told."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)


def test_who_never_reads_is_cut_within_twenty_seconds_and_costs_no_memory(web: Web) -> None:
    for _ in drive(web, time.monotonic() + 3):
        warm = resident_mb(web.process.pid)
    started = time.monotonic()
    crowd = [web.socket(SO_RCVBUF=4096) for _ in range(CROWD)]
    grown = 0.0
    for _ in drive(web, started + 20):
        grown = max(grown, resident_mb(web.process.pid) - warm)
        if connections(web.port) == 1:
            break
    assert connections(web.port) <= 1
    assert len(crowd) == CROWD
    assert grown / CROWD < 1


def test_control_without_time_limits_who_never_reads_is_kept(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "TCP_OPTIONS", {})
    with Web(tmp_path, LIMITLESS) as web:
        crowd = [web.socket(SO_RCVBUF=4096) for _ in range(CROWD)]
        for _ in drive(web, time.monotonic() + 20):
            pass
        assert connections(web.port) >= len(crowd)


class Dripping(threading.Thread):
    """Read a little now and then, until the server closes."""

    def __init__(self, web: Web) -> None:
        super().__init__(daemon=True)
        self.raw, self.received = web.socket(SO_RCVBUF=200_000), bytearray()
        self.start()

    def run(self) -> None:
        while piece := self.raw.recv(DRIP_BYTES):
            self.received.extend(piece)
            answer_ping(self.raw, piece)
            time.sleep(DRIP_S)


def test_who_reads_too_little_for_half_a_minute_is_told_4008(web: Web) -> None:
    reader, started = Dripping(web), time.monotonic()
    for _ in drive(web, started + 55):
        if not reader.is_alive():
            break
    reader.join(10)
    assert not reader.is_alive()
    assert time.monotonic() - started > 30
    assert (4008).to_bytes(2) + b"too slow" in reader.received[-64:]


def test_control_without_the_rule_who_reads_too_little_is_served_old_prices(
    transactional_db: None, tmp_path: Path
) -> None:
    with Web(tmp_path, "from streaming import audience; audience.TOO_SLOW_S = 3600") as web:
        reader = Dripping(web)
        for _ in drive(web, time.monotonic() + 45):
            pass
        assert reader.is_alive()


def answer_ping(raw: socket.socket, piece: bytes) -> None:
    """Answer a ping of four bytes, so that only the slowness counts."""
    at = piece.find(b"\x89\x04")
    if at >= 0:
        raw.sendall(b"\x8a\x84\x00\x00\x00\x00" + piece[at + 2 : at + 6])
