"""Run the whole product for the end-to-end tests, on engines that a test may restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from devstack.engines import Postgres, Valkey

ROOT = Path(__file__).resolve().parent.parent
VENDORS = ("fixer", "openexchangerates", "freecurrencyapi")
_INHERITED = ("DATABASE_URL", "REDIS_URL", "FX_", "DJANGO_", "WORKER_", "PYTEST_")


@dataclass
class House:
    """A running stack: where it answers, and the engines and vendors behind it."""

    url: str
    market: str
    pids: dict[str, int]
    supervisor: subprocess.Popen[str]
    postgres: Postgres
    valkey: Valkey
    folder: Path

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Read below `/api/v1/`."""
        return httpx.get(f"{self.url}api/v1/{path}", params=query, timeout=10)

    def price(self, symbol: str, **query: Any) -> dict[str, Any]:
        """Read one price."""
        found: dict[str, Any] = self.get(f"rates/{symbol}", **query).json()
        return found

    def fault(self, vendor: str, fault: str, **more: Any) -> None:
        """Break a vendor of the market, or mend it with `none`."""
        body = {"vendor": vendor, "fault": fault, **more}
        httpx.post(f"{self.market}/control/faults", json=body).raise_for_status()

    def freeze(self, *, frozen: bool) -> None:
        """Stop or start the market's walk."""
        httpx.post(f"{self.market}/control/market", json={"frozen": frozen}).raise_for_status()

    def levels(self, vendor: str) -> dict[str, Any]:
        """Read exactly what a vendor publishes now."""
        found: dict[str, Any] = httpx.get(f"{self.market}/control/levels", params={"vendor": vendor}).json()
        return found

    def requests(self) -> dict[str, int]:
        """Count what each vendor has been asked."""
        vendors = httpx.get(f"{self.market}/control/status").json()["vendors"]
        return {key: vendor["requests"] for key, vendor in vendors.items()}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def manage(self, *arguments: str) -> str:
        """Run a command against the running stack, as `./fx manage` does; return what it says."""
        urls = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}
        command = [sys.executable, "-m", "devstack", "manage", *arguments]
        env = environment(self.folder, **urls)
        ran = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def longest_gaps_s(self) -> dict[str, float]:
        """Measure the longest time between two polls of each vendor, or since its last, in seconds."""
        rows = self.query(
            "SELECT key, max(extract(epoch FROM gap)) FROM (SELECT provider_id, coalesce(lead(started_at)"
            " OVER (PARTITION BY provider_id ORDER BY started_at), now()) - started_at AS gap"
            " FROM providers_poll) AS gaps JOIN providers_provider ON providers_provider.id = provider_id"
            " WHERE key IN ('fixer', 'openexchangerates', 'freecurrencyapi') GROUP BY key"
        )
        return {key: round(float(gap), 1) for key, gap in rows}

    def change(self, sql: str) -> None:
        """Change the database as staff would through the admin."""
        with psycopg.connect(self.postgres.url) as connection:
            connection.execute(sql.encode())


def eventually(check: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until a check gives something true, and return it; fail with its last answer."""
    deadline, found = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            if found := check():
                return found
        except (httpx.TransportError, psycopg.OperationalError, KeyError, ValueError) as error:
            found = error
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {found!r}")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Make the environment of a newcomer: none of this run's own settings."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(_INHERITED)}
    return clean | {"FX_STATE_DIR": str(folder), "PYTHONUNBUFFERED": "1"} | more


def start(folder: Path, **more: str) -> subprocess.Popen[str]:
    """Start the supervisor on any free port; its output goes to a file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.txt").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "devstack", "up", "--port", "0"],
            cwd=ROOT,
            env=environment(folder, **more),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )


def ready(folder: Path, supervisor: subprocess.Popen[str], seconds: float = 60) -> dict[str, Any]:
    """Wait until the stack says that it is up, and return its record."""

    def record() -> dict[str, Any] | None:
        assert supervisor.poll() is None, (folder / "output.txt").read_text()[-4000:]
        if not (folder / "stack.json").exists():
            return None
        found: dict[str, Any] = json.loads((folder / "stack.json").read_text())
        return found if found["status"] == "ready" else None

    found: dict[str, Any] = eventually(record, seconds)
    return found


@contextmanager
def running(folder: Path, interval_s: int = 1, **more: str) -> Iterator[House]:
    """Run engines and stack for the length of a block; `more` are variables of the product."""
    with Postgres(folder / "postgres") as postgres, Valkey(folder / "valkey") as valkey:
        urls = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
        supervisor = start(folder / "state", WORKER_UPDATE_INTERVAL=str(interval_s), **urls, **more)
        try:
            record = ready(folder / "state", supervisor)
            parts = (record["url"], record["market_url"], record["pids"], supervisor, postgres, valkey)
            yield House(*parts, folder / "state")
        finally:
            supervisor.send_signal(signal.SIGINT)
            supervisor.wait(20)
    postgres.erase()
