"""Run workers of a test's own in a running house, in place of the one that its supervisor keeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.house import ROOT, House, eventually

_OPTIONS = ("--pool", "threads", "--concurrency", "8", "--without-gossip", "--without-mingle")
# A worker whose code is changed before it starts: what a control takes away.
_CHANGED = "import sys; {change}; from celery.__main__ import main; sys.argv[0] = 'celery'; main()"


@dataclass
class Workers:
    """Start workers with the house's variables, each with a log of its own."""

    folder: Path
    variables: dict[str, str]
    started: int = 0

    def start(self, change: str = "", **more: str) -> subprocess.Popen[bytes]:
        """Start a worker, and wait until it takes tasks; `change` is run in it first."""
        self.started += 1
        log = self.folder / f"worker-{self.started}.log"
        program = ["-c", _CHANGED.format(change=change)] if change else ["-m", "celery"]
        name = ("-n", f"test{self.started}")
        command = [sys.executable, *program, "-A", "fxengine", "worker", *_OPTIONS, *name]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.variables | more, stdout=output, stderr=output
            )
        eventually(lambda: b"worker_ready" in log.read_bytes())
        return process

    def manage(self, *arguments: str, **more: str) -> str:
        """Run a management command to its good end, and return what it said."""
        command = [sys.executable, "manage.py", *arguments]
        environment = os.environ | self.variables | more
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    def locks(self) -> set[str]:
        """Name the locks that are held now."""
        prefix = f"{self.variables['FX_KEY_PREFIX']}:lock:"
        with redis.Redis.from_url(self.variables["REDIS_URL"], decode_responses=True) as client:
            return {name.removeprefix(prefix) for name in client.scan_iter(f"{prefix}*")}


@contextmanager
def own_workers(house: House, folder: Path) -> Iterator[Workers]:
    """Stop the house's worker for a block, with what it reads at hand for others."""
    record = json.loads((folder / "state" / "stack.json").read_text())
    os.kill(house.pids["worker"], signal.SIGSTOP)
    try:
        workers = Workers(folder, record["variables"])
        eventually(lambda: not workers.locks())
        yield workers
    finally:
        os.kill(house.pids["worker"], signal.SIGCONT)
