"""Bring the real product up once, from an empty state folder, and look at it from outside."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from devstack.state import ROOT
from devstack.tests.conftest import RunningUp, eventually, gone


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """Run `up` with the real processes on engines of its own."""
    running = RunningUp(tmp_path_factory.mktemp("product") / "up", module="devstack")
    running.start("up", "--port", "0").ready(60)
    yield running
    running.close()


def get(product: RunningUp, path: str) -> dict[str, object]:
    """GET a JSON answer."""
    with urllib.request.urlopen(f"{product.record['url']}{path}", timeout=5) as answer:
        return dict(json.load(answer))


def test_worker_and_beat_bring_prices_of_all_vendors(product: RunningUp) -> None:
    assert eventually(lambda: get(product, "api/v1/rates/EUR/USD")["sources"] == 3)
    price = get(product, "api/v1/rates/EUR/USD")
    assert price["environment"] == "demo"
    assert eventually(lambda: get(product, "api/v1/rates/EUR/USD")["seq"] != price["seq"])


def test_manage_talks_to_the_running_database(product: RunningUp) -> None:
    count = "from rates.models import Rate; print('rows', Rate.objects.count() > 0)"
    done = subprocess.run(
        [sys.executable, "-m", "devstack", "manage", "shell", "-v0", "-c", count],
        cwd=ROOT,
        env=product.env(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "rows True\n"), done.stderr


def test_the_log_holds_no_secret(product: RunningUp) -> None:
    record = product.record
    secrets = [record["variables"][name] for name in ("DATABASE_URL", "REDIS_URL", "FX_SECRET_KEYS")]
    assert not [secret for secret in secrets if secret in product.output]


def test_it_stops_in_order_within_seconds_and_leaves_nothing(product: RunningUp) -> None:
    pids = list(product.record["pids"].values())
    assert product.popen is not None
    os.kill(product.popen.pid, signal.SIGINT)
    assert product.wait(30) == 0
    assert gone(pids)
    assert product.output.rstrip().endswith("fx: stopped")
