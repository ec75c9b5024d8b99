"""Start the real server in a process of its own, and stop it."""

import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx

READY_WITHIN_S = 20
KEYS = {
    "fixer": {"access_key": "demo-key-fixer"},
    "openexchangerates": {"app_id": "demo-key-openexchangerates"},
    "freecurrencyapi": {"apikey": "demo-key-freecurrencyapi"},
    "ecb": {},
}
LATEST = {
    "ecb": "/ecb/eurofxref-daily.xml",
    "fixer": "/fixer/latest",
    "openexchangerates": "/openexchangerates/latest.json",
    "freecurrencyapi": "/freecurrencyapi/latest",
}


class Running:
    """Hold one server process and a client of it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo.market", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self.client = httpx.Client(base_url=self._address(), timeout=10, trust_env=False)

    def _address(self) -> str:
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], READY_WITHIN_S)[0], "the market did not start"
        line: str = self.process.stdout.readline()
        assert " ready on http://" in line, line
        return line.split(" ready on ")[1].split(maxsplit=1)[0]

    def latest(self, vendor: str, headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
        """Ask a vendor for its latest rates, with the right key unless another is given."""
        return self.client.get(LATEST[vendor], params={**KEYS[vendor], **query}, headers=headers)

    def status(self) -> Any:
        """Return the control endpoint's status."""
        return self.client.get("/control/status").raise_for_status().json()

    def fault(self, vendor: str, kind: str, seconds: float | None = None) -> None:
        """Switch a vendor's fault."""
        order = {"vendor": vendor, "fault": kind} | ({} if seconds is None else {"seconds": seconds})
        self.client.post("/control/faults", json=order).raise_for_status()

    def turn(self, **switches: bool) -> None:
        """Freeze, thaw, open or close the market."""
        self.client.post("/control/market", json=switches).raise_for_status()

    def await_requests(self, vendor: str, count: int) -> None:
        """Wait until a vendor has been asked so many times."""
        eventually(lambda: self.status()["vendors"][vendor]["requests"] >= count)

    def stop(self) -> tuple[int, float]:
        """Stop the server by SIGTERM; return its exit code and how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=10)
        took = time.monotonic() - began
        self.client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code, took


def eventually(holds: Callable[[], bool], within_s: float = 5) -> None:
    """Wait for something to become true, with a deadline."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
