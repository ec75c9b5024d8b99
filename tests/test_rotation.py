"""The keys that seal the vendors' keys are replaced while sources are polled, and no poll fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.house import VENDORS, House, eventually, running
from tests.workers import own_workers

INTERVAL_S, TURNS = 2, 6
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
BOTH = f"{NEW},{OLD}"
pytestmark = pytest.mark.faults


def outcomes(house: House, since: str = "-infinity") -> dict[str, int]:
    """Count how the polls of the keyed sources ended."""
    return dict(house.query(
        "SELECT outcome, count(*) FROM providers_poll JOIN providers_provider ON providers_provider.id ="
        f" provider_id WHERE sealed_key <> '' AND started_at > '{since}' GROUP BY outcome"
    ))  # fmt: skip


def polls_go_on(house: House, times: int = 4) -> None:
    """Wait until every vendor was asked some times more."""
    before = house.requests()
    eventually(lambda: all(house.requests()[key] >= before[key] + times for key in VENDORS))


def stop(worker: subprocess.Popen[bytes]) -> None:
    """End a worker as an operator does; what it polls is polled to the end."""
    worker.terminate()
    assert worker.wait(20) == 0


def test_keys_are_replaced_under_way_without_a_failed_poll(tmp_path: Path) -> None:
    with (
        running(tmp_path, INTERVAL_S, FX_SECRET_KEYS=f"{OLD},{NEW}") as house,
        own_workers(house, tmp_path) as workers,
    ):
        first = workers.start(FX_SECRET_KEYS=OLD)
        polls_go_on(house)
        second = workers.start(FX_SECRET_KEYS=BOTH)
        stop(first)
        for _ in range(TURNS):
            assert workers.manage("rotate_keys", FX_SECRET_KEYS=BOTH) == "3 keys sealed again\n"
        third = workers.start(FX_SECRET_KEYS=NEW)
        stop(second)
        polls_go_on(house)
        sealed = house.query("SELECT sealed_key FROM providers_provider WHERE sealed_key <> ''")
        gaps, ended = house.longest_gaps_s(), outcomes(house)
        stop(third)
    print(f"\n{ended} polls at an interval of {INTERVAL_S} s with {TURNS} rotations; longest gaps {gaps} s")
    assert [Fernet(NEW).decrypt(key)[:8] for (key,) in sealed] == [b"demo-key"] * 3
    assert set(ended) == {"ok"}
    assert max(gaps.values()) <= 2 * INTERVAL_S + 1


def test_control_a_worker_that_never_got_the_new_key_fails(tmp_path: Path) -> None:
    with (
        running(tmp_path, INTERVAL_S, FX_SECRET_KEYS=f"{OLD},{NEW}") as house,
        own_workers(house, tmp_path) as workers,
    ):
        worker = workers.start(FX_SECRET_KEYS=OLD)
        polls_go_on(house)
        workers.manage("rotate_keys", FX_SECRET_KEYS=BOTH)
        ((rotated,),) = house.query("SELECT now()::text")
        eventually(lambda: outcomes(house, rotated).get("auth", 0) > TURNS)
        assert house.get("providers/fixer").json()["state"] == "failing"
        stop(worker)
