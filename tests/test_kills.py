"""The polling worker is killed at random moments, again and again; polling goes on as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house import ROOT, House, eventually, running

KILLS, INTERVAL_S, SEED = 50, 2, 7
WORKER = ["-m", "celery", "-A", "fxengine", "worker", "--pool", "threads", "--concurrency", "8"]
pytestmark = pytest.mark.faults


def start_worker(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a worker of our own, and wait until it takes tasks."""
    with log.open("wb") as output:
        command = [sys.executable, *WORKER, "--without-gossip", "--without-mingle"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | variables, stdout=output, stderr=output
        )
    eventually(lambda: b"ready." in log.read_bytes())
    return process


def longest_gap_s(house: House) -> dict[str, float]:
    """Measure the longest time between two polls of each source, in seconds."""
    rows = house.query(
        "SELECT key, max(extract(epoch FROM gap)) FROM (SELECT provider_id, started_at - lag(started_at)"
        " OVER (PARTITION BY provider_id ORDER BY started_at) AS gap FROM providers_poll) AS gaps"
        " JOIN providers_provider ON providers_provider.id = provider_id"
        " WHERE key IN ('fixer', 'openexchangerates', 'freecurrencyapi') GROUP BY key"
    )
    return {key: float(gap) for key, gap in rows}


def test_killing_the_worker_fifty_times_costs_neither_ticks_nor_order(tmp_path: Path) -> None:
    chance, downs = random.Random(SEED), []
    with running(tmp_path, interval_s=INTERVAL_S) as house:
        record = json.loads((tmp_path / "state" / "stack.json").read_text())
        os.kill(record["pids"]["worker"], signal.SIGSTOP)
        try:
            for _ in range(KILLS):
                began = time.monotonic()
                worker = start_worker(record["variables"], tmp_path / "worker.log")
                downs.append(time.monotonic() - began)
                time.sleep(chance.uniform(0.2, 2))
                worker.kill()
                worker.wait()
        finally:
            os.kill(record["pids"]["worker"], signal.SIGCONT)
        seq = house.price("EUR/USD")["seq"]
        eventually(lambda: house.price("EUR/USD")["seq"] > seq + 2, 5 + INTERVAL_S)
        gaps = longest_gap_s(house)
        print(f"{KILLS} kills; worker start {max(downs):.1f} s at most; longest gaps {gaps}")
        assert max(gaps.values()) <= 2 * INTERVAL_S + 1 + 2 * max(downs)
        twice = (
            "SELECT count(*) FROM (SELECT 1 FROM providers_ticklog GROUP BY provider_id, base, quote, as_of"
        )
        assert house.query(f"{twice} HAVING count(*) > 1) AS doubles") == [(0,)]
        first, last, count = house.query("SELECT min(seq), max(seq), count(DISTINCT seq) FROM rates_rate")[0]
        assert count == last - first + 1
