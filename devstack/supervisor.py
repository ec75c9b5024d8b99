"""Start units in order, carry their output, and stop them in the opposite order.

One thread does everything: the kernel's death signal follows the thread that spawned a child.
"""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

from devstack.console import Console, Lines
from devstack.processes import Process, Steps
from devstack.proctable import countdown
from devstack.units import Job, Unit

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 120.0
TICK = 0.02
HURRIED = 0.5
CHUNK = 65536
Hear = Callable[[str], bool]


class StopRequested(KeyboardInterrupt):
    """Say that somebody asked us to stop."""


class ChildError(RuntimeError):
    """Say which child ended though nobody asked it to, or never became ready."""


class _Hurry(KeyboardInterrupt):
    """Say that we were asked to stop a second time."""


class Supervisor:
    """The children, their output and the signals of one stack, for the length of a `with` block."""

    def __init__(self, console: Console, changed: Callable[[], None]) -> None:
        """Print to the console; call `changed` after each start and each end of a child."""
        self.console = console
        self.units: list[Unit] = []
        self._changed = changed
        self._asked = 0
        self._hurried = False
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take over the signals."""
        for end in (self._wake, self._waker):
            end.settimeout(0)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            # What `nohup` or a job control shell has us ignore stays ignored, save SIGINT and SIGTERM.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every child and give the signals back."""
        self.stop()
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def bring_up(self, stage: Sequence[Unit], hear: Hear | None = None) -> None:
        """Start the units one after the other, then wait until each is ready.

        `hear` sees the lines first and keeps those for which it returns True off the console.
        Raises: StopRequested, ChildError, and what an engine's `ready` raises.
        """
        for unit in stage:
            self._spawn(unit, hear)
        for unit in stage:
            self._await(unit)
        # A job that has ended may have left its last lines in the pipe.
        self._drain()
        self.units = [unit for unit in self.units if not isinstance(unit, Job)]
        self._changed()

    def watch(self) -> None:
        """Carry output until somebody asks us to stop or a child ends.

        Raises: StopRequested, ChildError.
        """
        while True:
            self._pump(1.0)
            self._check()

    def stop(self) -> None:
        """Stop all units, the last started first, each in bounded time."""
        self._asked = min(self._asked, 1)
        while self.units:
            unit = self.units[-1]
            if unit.process is not None:
                self._stop_one(unit.process)
            self.units.pop()
            self._changed()
        self._drain()

    def processes(self) -> dict[str, Process]:
        """Return the children that run, by name, in the order of their start."""
        found = {unit.name: unit.process for unit in self.units if unit.process}
        return {name: process for name, process in found.items() if process.alive}

    def _spawn(self, unit: Unit, hear: Hear | None) -> None:
        read_end, write_end = os.pipe()
        self._selector.register(read_end, selectors.EVENT_READ, _Voice(unit.name, hear))
        self.units.append(unit)
        try:
            unit.spawn(write_end)
        finally:
            os.close(write_end)
        self._changed()

    def _await(self, unit: Unit) -> None:
        for remaining in countdown(PATIENCE):
            if unit.ready():
                return
            self._pump(min(remaining, TICK))
            self._check()
        raise ChildError(f"{unit.name} was not ready within {PATIENCE:.0f} s")

    def _check(self) -> None:
        if self._asked or self.console.broken:
            raise StopRequested
        for unit in self.units:
            process = unit.process
            if process is None or process.alive or (isinstance(unit, Job) and process.exit_code == 0):
                continue
            self._drain()
            raise ChildError(f"{unit.name} {_ending(process.exit_code)}")

    def _stop_one(self, process: Process) -> None:
        try:
            process.stop(self._pump_unless_hurried, self._steps(process))
        except _Hurry:
            process.stop(self._pump, self._steps(process))

    def _steps(self, process: Process) -> Steps:
        """Return how to stop it; once somebody asked twice, nothing gets long for its first step."""
        (first, patience), *rest = process.stops
        return ((first, min(patience, HURRIED) if self._hurried else patience), *rest)

    def _pump_unless_hurried(self, seconds: float) -> None:
        self._pump(seconds)
        if self._asked > 1 and not self._hurried:
            self._hurried = True
            raise _Hurry

    def _pump(self, seconds: float) -> None:
        """Carry what the children write, for at most so long until there is something."""
        self._carried(seconds)

    def _carried(self, seconds: float) -> bool:
        events = self._selector.select(seconds)
        for key, _ in events:
            if key.fileobj is self._wake:
                self._wake.recv(CHUNK)
            elif isinstance(key.data, _Voice):
                self._carry(key.fd, key.data)
        return bool(events)

    def _carry(self, descriptor: int, voice: "_Voice") -> None:
        piece = os.read(descriptor, CHUNK)
        for text in voice.lines.feed(piece):
            if voice.hear is None or not voice.hear(text):
                self.console.line(voice.name, text)
        if not piece:
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _drain(self) -> None:
        """Carry what is still in the pipes, in bounded time."""
        for _ in countdown(0.5):
            if not self._carried(0):
                break

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1


class _Voice:
    """One child's output on its way to the console."""

    def __init__(self, name: str, hear: Hear | None) -> None:
        self.name = name
        self.hear = hear
        self.lines = Lines()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
