"""Look at processes that are not our children: from /proc, and by `ps` where there is no /proc.

A small Linux has no `ps`; macOS has no /proc.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()
PARENT_FIELD = 1
BIRTH_FIELD = 19


def birth(pid: int) -> str | None:
    """Return what tells this process from a later one with its number; None when it has ended."""
    if HAS_PROC:
        fields = _stat(pid)
        # A zombie has ended; only its parent can remove it.
        return fields[BIRTH_FIELD] if fields and fields[0] not in "ZX" else None
    state, _, started = _ps("stat=,lstart=", pid).strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def command_line(pid: int) -> str:
    """Return the command with its arguments; empty when the process has ended."""
    if not HAS_PROC:
        return _ps("args=", pid).strip()
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace").replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    return [child for child in pids() if _parent(child) == pid]


def pids() -> list[int]:
    """Return the ids of all processes we can see."""
    if HAS_PROC:
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [int(number) for number in _ps("pid=").split()]


def end_strays(births: Mapping[int, str], patience: float = 5.0) -> list[int]:
    """Kill the processes that still are the ones recorded, and wait; return their ids."""
    strays = [pid for pid, born in births.items() if birth(pid) == born]
    for pid in strays:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for remaining in countdown(patience):
        if all(birth(pid) != births[pid] for pid in strays):
            break
        time.sleep(min(remaining, 0.02))
    return strays


def countdown(seconds: float) -> Iterator[float]:
    """Yield the seconds that remain until they are over."""
    deadline = time.monotonic() + seconds
    while (remaining := deadline - time.monotonic()) > 0:
        yield remaining


def _parent(pid: int) -> int:
    if HAS_PROC:
        return int(fields[PARENT_FIELD]) if (fields := _stat(pid)) else 0
    return int(_ps("ppid=", pid).strip() or 0)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none when the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _ps(columns: str, pid: int | None = None) -> str:
    chosen = ["-p", str(pid)] if pid is not None else ["-A"]
    said = subprocess.run(["ps", "-ww", "-o", columns, *chosen], capture_output=True, text=True, check=False)
    return said.stdout
