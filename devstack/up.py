"""Bring the whole product up, keep it running, and stop it in order: `./fx up`."""

import argparse
import os
import time
from collections.abc import Callable

from devstack.console import Console
from devstack.engines import EngineError, EngineMissingError, Postgres
from devstack.ports import NoFreePortError
from devstack.proctable import birth, countdown, end_strays
from devstack.stack import PortTakenError, Stack
from devstack.state import Environment, Record, State
from devstack.supervisor import ChildError, StopRequested, Supervisor

START_PATIENCE = 180.0
FAILURES = (ChildError, EngineError, EngineMissingError, NoFreePortError, PortTakenError)
MakeStack = Callable[[State, Environment, int | None], Stack]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the options of `up`."""
    parser = argparse.ArgumentParser(prog="fx up", description=__doc__)
    parser.add_argument(
        "--live", action="store_true", help="poll the real keyless sources, not the demo market"
    )
    parser.add_argument(
        "--port", type=port_number, help="the page's port (default: 8000 or the next free one; 0: any)"
    )
    parser.add_argument("--reset", action="store_true", help="remove the stored rows and secrets first")
    return parser.parse_args(arguments)


def port_number(text: str) -> int:
    """Read a TCP port.

    Raises: ValueError where it is none.
    """
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def main(arguments: list[str], make: MakeStack = Stack) -> int:
    """Run `up` and return its exit code."""
    options = parse(arguments)
    environment: Environment = (
        "live" if options.live or os.environ.get("FX_ENVIRONMENT") == "live" else "demo"
    )
    state, console = State(), Console()
    with state.lock() as ours:
        if not ours and options.reset:
            console.say("fx: something runs on what --reset would remove; stop it first")
            return 1
        if not ours:
            return show_running(state, environment, console)
        try:
            clear_strays(state, console)
            if options.reset:
                reset(state, environment)
            return run(make(state, environment, options.port), console)
        except FAILURES as failure:
            console.say(f"fx: {failure}")
            return 1


def run(stack: Stack, console: Console) -> int:
    """Run the stack until it is told to stop, or a child ends; return the exit code.

    Raises: the FAILURES, with everything stopped.
    """
    record = Record(stack.environment, "starting", os.getpid(), stack.url, stack.market_url)
    record.database_url = stack.env["DATABASE_URL"]
    record.redis_url = stack.env["REDIS_URL"]
    record.variables = stack.variables
    with Keeper(stack.state, record) as keeper:
        try:
            with Supervisor(console, keeper.changed) as supervisor:
                keeper.supervisor = supervisor
                try:
                    start(stack, supervisor, keeper)
                    supervisor.watch()
                finally:
                    record.status = "stopping"
        except StopRequested:
            console.say("fx: stopped")
    return 0


def start(stack: Stack, supervisor: Supervisor, keeper: "Keeper") -> None:
    """Bring up stage by stage, then print where everything is."""
    setup = stack.setup()
    supervisor.bring_up(stack.engines)
    supervisor.bring_up([setup], setup.heard)
    if setup.admin is None:
        raise ChildError("setup did not say who the administrator is")
    for stage in stack.stages():
        supervisor.bring_up(stage)
    keeper.ready(setup.admin)
    supervisor.console.say(closing_block(stack.url, setup.admin, setup.password))


class Keeper:
    """Keep `stack.json` true while the stack runs."""

    def __init__(self, state: State, record: Record) -> None:
        """Take the record; it is written at each change."""
        self._state = state
        self._record = record
        self.supervisor: Supervisor | None = None

    def changed(self) -> None:
        """Write which children run now."""
        running = self.supervisor.processes() if self.supervisor else {}
        self._record.pids = {name: process.pid for name, process in running.items() if process.pid}
        births = {name: birth(pid) for name, pid in self._record.pids.items()}
        self._record.births = {name: born for name, born in births.items() if born}
        self._state.write(self._record)

    def ready(self, admin: str) -> None:
        """Write that everything is up."""
        self._record.status, self._record.admin = "ready", admin
        self.changed()

    def __enter__(self) -> "Keeper":
        """Write that the stack starts."""
        self.changed()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the record away: nothing runs any more."""
        self._state.clear()


def closing_block(url: str, admin: str | None, password: str | None) -> str:
    """Say where everything is; the password is known only when the administrator was just made."""
    login = f"password {password}" if password else f"password: ./fx manage changepassword {admin}"
    lines = [
        f"Open {url}",
        f"API {url}api/v1",
        f"Docs {url}api/docs",
        f"Admin {url}admin/ user {admin} {login}",
    ]
    return "\n" + "\n".join(lines) + "\n"


def show_running(state: State, environment: Environment, console: Console) -> int:
    """Say where the running stack is, once it is ready; return the exit code."""
    for remaining in countdown(START_PATIENCE):
        record = state.read()
        if record is not None and (reason := why_not(record, environment)):
            console.say(f"fx: {reason}")
            return 1
        if record is not None and record.status == "ready" and record.url:
            console.say("fx: already running")
            console.say(closing_block(record.url, record.admin, None))
            return 0
        time.sleep(min(remaining, 0.1))
    console.say(f"fx: another ./fx holds {state.folder} but did not become ready")
    return 1


def why_not(record: Record, environment: Environment) -> str | None:
    """Return why the stack that holds the state folder is not the one asked for; None when it is."""
    if record.status == "manage":
        return "./fx manage uses the engines now; try again when it has ended"
    if record.status == "stopping":
        return "the running stack is just being stopped; try again in a moment"
    if record.environment != environment:
        return f"the {record.environment} stack is running; stop it first (Ctrl-C where it runs)"
    return None


def clear_strays(state: State, console: Console) -> None:
    """End what a killed supervisor left behind, where the kernel did not do so."""
    record = state.read()
    if record is None:
        return
    births = {pid: record.births[name] for name, pid in record.pids.items() if name in record.births}
    if strays := end_strays(births):
        console.say(f"fx: ended {len(strays)} processes of an earlier run")
    state.clear()


def reset(state: State, environment: Environment) -> None:
    """Remove what was stored by our engines.

    Raises: EngineError where a URL says that they are not ours.
    """
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            raise EngineError(
                f"--reset only knows the embedded engines, and {name} is set: empty that one yourself"
            )
    Postgres(state.part(environment, "postgres")).erase()
    state.reset(environment)
