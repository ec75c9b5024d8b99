"""Name what the supervisor starts: engines, services that answer, and jobs that end."""

import http.client
import json
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from devstack.processes import Process


class Unit(Protocol):
    """One thing to start, wait for and stop. An engine is one too."""

    name: str
    process: Process | None

    def spawn(self, output: int) -> None:
        """Start it with its output on the descriptor."""

    def ready(self) -> bool:
        """Tell whether it does its work."""


class Service:
    """A process that runs until it is stopped, ready when its check says so."""

    def __init__(self, process: Process, check: Callable[[], bool] | None = None) -> None:
        """Take the process; without a check it announces itself."""
        self.name = process.name
        self.process: Process | None = process
        self._planned = process
        self._check = check or (lambda: process.announced)

    def spawn(self, output: int) -> None:
        """Start it with its output on the descriptor."""
        self._planned.spawn(output)

    def ready(self) -> bool:
        """Tell whether it does its work."""
        return self._check()


class Job(Service):
    """A process that does one thing and ends; ready when it ended well."""

    def __init__(self, process: Process) -> None:
        """Take the process."""
        super().__init__(process, lambda: process.exit_code == 0)


class Setup(Job):
    """`manage.py setup --json`, which tells the administrator's first password in its last line."""

    def __init__(self, process: Process) -> None:
        """Take the process."""
        super().__init__(process)
        self.admin: str | None = None
        self.password: str | None = None

    def heard(self, line: str) -> bool:
        """Take the line with the password for us; False leaves any other to the log."""
        if not line.startswith("{"):
            return False
        try:
            said = json.loads(line)
        except ValueError:
            return False
        if not {"admin", "password"} <= said.keys():
            return False
        self.admin, self.password = said["admin"], said["password"]
        return True


def answers(url: str) -> Callable[[], bool]:
    """Return a check that passes when a GET of the URL is answered with 200."""
    parts = urlsplit(url)

    def check() -> bool:
        link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2.0)
        try:
            link.request("GET", parts.path)
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    return check
