"""Run `up` with small stand-ins for the product's processes: `python -m devstack.tests.standin [OPTIONS]`.

STANDIN_LOG names a file to which each stand-in adds a line when it starts and when it stops.
STANDIN_ENGINES=real starts the engines too. STANDIN_FAULTS is JSON: process name to the fault it has.
"""

import json
import os
import sys
from pathlib import Path

from devstack import ports, up
from devstack.engines import Engine
from devstack.processes import Process
from devstack.stack import Stack
from devstack.units import Service, Setup, Unit, answers

CHILD = Path(__file__).with_name("standin_child.py")
FAULTS = json.loads(os.environ.get("STANDIN_FAULTS", "{}"))


class StandInStack(Stack):
    """A stack in the same order with the same checks, whose processes start in milliseconds."""

    durable = False

    def setup(self) -> Setup:
        """Return a job that says what `manage.py setup --json` says."""
        return Setup(self._child("setup"))

    def stages(self) -> list[list[Unit]]:
        """Return a market and a web that answer, and two that announce themselves, one after the other."""
        port = ports.any_free()
        market = Service(
            self._child("market", port), answers(f"http://{ports.LOOPBACK}:{port}/control/status")
        )
        web = Service(self._child("web", self.port), answers(f"{self.url}readyz"))
        return [[market], [web], [Service(self._announcing("worker"))], [Service(self._announcing("beat"))]]

    def _announcing(self, name: str) -> Process:
        process = self._child(name)
        process.announces = True
        return process

    def _child(self, name: str, port: int = 0) -> Process:
        command = [sys.executable, "-I", "-S", str(CHILD), name, str(port), FAULTS.get(name, "none")]
        return Process(name, command, env=self.env)

    def _engines(self) -> list[Engine]:
        return super()._engines() if os.environ.get("STANDIN_ENGINES") == "real" else []


if __name__ == "__main__":
    if os.environ.get("STANDIN_ENGINES") != "real":
        os.environ.update(DATABASE_URL="postgresql://nowhere/fx", REDIS_URL="redis://nowhere/0")
    sys.exit(up.main(sys.argv[1:], StandInStack))
