"""The polling worker is killed at random moments, again and again; polling goes on as if nothing had been."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house import House, eventually, running
from tests.workers import Workers, own_workers

KILLS, INTERVAL_S, SEED = 50, 5, 7
LIFETIMES_S = (0.5, 6)
ANSWER_S = 0.3
LONGEST_GAP_S = 2 * INTERVAL_S + 1
LOCKS_GONE_S = 5
NO_LIMIT = "from providers import locks; locks.LEASE_SECONDS = 3600"
pytestmark = pytest.mark.faults


@contextmanager
def polling(folder: Path) -> Iterator[tuple[House, Workers]]:
    """Run a house whose vendors take a moment to answer, so that a kill may come in between."""
    with running(folder, interval_s=INTERVAL_S) as house:
        house.fault("*", "delay", seconds=ANSWER_S)
        with own_workers(house, folder) as workers:
            yield house, workers


def kill_under_way(workers: Workers, change: str = "") -> None:
    """Kill a worker while it polls."""
    worker = workers.start(change)
    eventually(workers.locks)
    worker.kill()
    worker.wait()
    assert workers.locks()


def test_killing_the_worker_fifty_times_costs_neither_ticks_nor_order(tmp_path: Path) -> None:
    chance, starts, broken = random.Random(SEED), [], 0
    with polling(tmp_path) as (house, workers):
        for _ in range(KILLS - 1):
            began = time.monotonic()
            worker = workers.start()
            starts.append(time.monotonic() - began)
            time.sleep(chance.uniform(*LIFETIMES_S))
            worker.kill()
            worker.wait()
            broken += len(workers.locks())
        kill_under_way(workers)
        last = time.monotonic()
        eventually(lambda: not workers.locks(), LOCKS_GONE_S)
        unlocked = time.monotonic() - last
        worker, seq = workers.start(), house.price("EUR/USD")["seq"]
        eventually(lambda: house.price("EUR/USD")["seq"] > seq + 2, 5 + INTERVAL_S)
        gaps = house.longest_gaps_s()
        worker.kill()
        print(
            f"\n{KILLS} kills, {broken} polls among them; a worker's start {max(starts):.1f} s at most;"
            f" longest gaps {gaps} s at an interval of {INTERVAL_S} s; locks gone after {unlocked:.1f} s"
        )
        assert max(starts) < INTERVAL_S / 2, "this machine is too busy to tell"
        assert max(gaps.values()) <= LONGEST_GAP_S
        assert broken
        twice = "SELECT 1 FROM providers_ticklog GROUP BY provider_id, base, quote, as_of HAVING count(*) > 1"
        assert house.query(twice) == []
        lowest, highest, count = house.query(
            "SELECT min(seq), max(seq), count(DISTINCT seq) FROM rates_rate"
        )[0]
        assert count == highest - lowest + 1


def test_control_with_locks_that_do_not_run_out_a_kill_ends_the_polling(tmp_path: Path) -> None:
    with polling(tmp_path) as (house, workers):
        kill_under_way(workers, NO_LIMIT)
        time.sleep(LOCKS_GONE_S)
        left = {name.removeprefix("poll:") for name in workers.locks()}
        worker = workers.start()
        time.sleep(LONGEST_GAP_S)
        worker.kill()
        recent = f"started_at > now() - interval '{LONGEST_GAP_S} s'"
        rows = house.query(
            "SELECT DISTINCT key FROM providers_poll JOIN providers_provider ON providers_provider.id ="
            f" provider_id WHERE {recent}"
        )
    print(f"\nlocks left for good: {left}; polled within {LONGEST_GAP_S} s all the same: {rows}")
    assert left
    assert not left & {key for (key,) in rows}
