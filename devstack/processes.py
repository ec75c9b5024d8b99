"""Start a child process that dies with us, and stop it in steps."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from devstack.proctable import countdown

LAUNCHER = Path(__file__).with_name("launch.py")
READY_FD = "FX_READY_FD"
Idle = Callable[[float], None]
Steps = tuple[tuple[signal.Signals, float], ...]
GENTLY: Steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
AT_ONCE: Steps = ((signal.SIGKILL, 5.0),)


@dataclass
class Process:
    """One child: its command, how it is stopped, and the process once spawned.

    `death_signal` is what the kernel sends it when we are killed; `stops` are tried in turn, each
    with its patience in seconds; with `announces` the child says "ready" on the descriptor that
    READY_FD names.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    account: str = "same"
    stdin: bytes = b""
    death_signal: signal.Signals = signal.SIGKILL
    stops: Steps = GENTLY
    announces: bool = False
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _announced: int | None = field(default=None, init=False)

    def spawn(self, output: int) -> None:
        """Start it with both output streams on the descriptor; call from the main thread only.

        The kernel's death signal follows the thread that spawned, not the process.
        """
        read_end, write_end = os.pipe() if self.announces else (None, None)
        extra = {READY_FD: str(write_end)} if write_end is not None else {}
        self.popen = subprocess.Popen(
            launched(self.command, self.account, self.death_signal),
            env={**self.env, **extra},
            cwd=self.cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=() if write_end is None else (write_end,),
            start_new_session=True,
        )
        self._hear(read_end, write_end)
        self._feed()

    def _hear(self, read_end: int | None, write_end: int | None) -> None:
        if read_end is not None and write_end is not None:
            os.close(write_end)
            os.set_blocking(read_end, False)
            self._announced = read_end

    def _feed(self) -> None:
        assert self.popen is not None
        assert self.popen.stdin is not None
        # A child that died at once is found out by its exit code, not by this pipe.
        with suppress(BrokenPipeError), self.popen.stdin as pipe:
            pipe.write(self.stdin)

    @property
    def pid(self) -> int | None:
        """Return its process id; None before the first spawn."""
        return self.popen.pid if self.popen else None

    @property
    def alive(self) -> bool:
        """Tell whether it was spawned and has not ended."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self.popen.poll() if self.popen else None

    @property
    def announced(self) -> bool:
        """Tell whether the child has said that it is ready."""
        if self._announced is None:
            return False
        try:
            return os.read(self._announced, 16) != b""
        except BlockingIOError:
            return False

    def send(self, number: signal.Signals) -> None:
        """Signal it; a SIGKILL goes to its whole group."""
        if not self.alive or self.popen is None:
            return
        deliver = os.killpg if number is signal.SIGKILL else os.kill
        with suppress(ProcessLookupError):
            deliver(self.popen.pid, number)

    def stop(self, idle: Idle = time.sleep, steps: Steps | None = None) -> None:
        """Take the steps until it has ended; `idle` is what we do meanwhile, at most for its seconds."""
        for number, patience in steps or self.stops:
            self.send(number)
            if self._ended_within(patience, idle):
                break
        if self._announced is not None:
            os.close(self._announced)
            self._announced = None

    def _ended_within(self, patience: float, idle: Idle) -> bool:
        for remaining in countdown(patience):
            if not self.alive:
                return True
            idle(min(remaining, 0.02))
        return not self.alive


def launched(command: Sequence[str], account: str, death_signal: signal.Signals) -> list[str]:
    """Return the command that becomes this one under the account, tied to our life."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(int(death_signal))]
    return [*launcher, account, *command]
