"""Hold what PostgreSQL and Valkey share as one server process of our own."""

import os
import secrets
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from devstack import ports
from devstack.processes import Process
from devstack.proctable import countdown

ENGINE_ENV = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
LOG_LINES = 12


class EngineError(RuntimeError):
    """Say why an engine did not start, with the last lines it wrote."""


class Engine:
    """One server with its folder, its port on loopback and its password.

    It can be started and stopped many times, on the same port with the same stored rows or keys.
    """

    name = ""

    def __init__(
        self, folder: Path, *, port: int | None = None, password: str | None = None, durable: bool = True
    ) -> None:
        """Plan a server; nothing is touched before it starts.

        `port` None takes a free one and keeps it. `durable` False may lose everything at a crash.
        """
        self.folder = folder
        self.port = port or ports.any_free()
        self.password = password or secrets.token_urlsafe(24)
        self.durable = durable
        self.process: Process | None = None

    @property
    def url(self) -> str:
        """Return the URL with the password; a secret."""
        raise NotImplementedError

    def prepare(self) -> Process:
        """Make what the server needs on disk and return its process, not yet spawned."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Tell whether the server answers.

        Raises: EngineError where the one that answers is not the one started here.
        """
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """Return the server's process id; None before the first start."""
        return self.process.pid if self.process else None

    @property
    def log(self) -> Path:
        """Return the file that `start` has the server write to."""
        return self.folder / f"{self.name}.log"

    def spawn(self, output: int) -> None:
        """Start the server without waiting for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = self.prepare()
        self.process.spawn(output)

    def start(self, patience: float = 30.0) -> Self:
        """Start the server and wait until it answers.

        Raises: EngineError, EngineMissingError.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.spawn(output.fileno())
        for remaining in countdown(patience):
            if self.process is None or not self.process.alive:
                break
            if self.ready():
                return self
            time.sleep(min(remaining, 0.01))
        self.stop()
        raise EngineError(f"{self.name} did not start:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Stop the server as its manual says, in bounded time; what it stored stays."""
        if self.process:
            self.process.stop()

    def kill(self) -> None:
        """End the server without warning, as a crash does."""
        if self.process:
            self.process.stop(steps=((signal.SIGKILL, 5.0),))

    def restart(self) -> None:
        """Stop and start on the same port with what was stored."""
        self.stop()
        self.start()

    def erase(self) -> None:
        """Remove everything the server stored."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        """Start it for the length of a block."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()


def last_lines(path: Path) -> str:
    """Return the end of a log, for an error message."""
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join(lines[-LOG_LINES:])
