"""Find TCP ports on loopback."""

import random
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST = 15000
EPHEMERAL_DEFAULT = 32768
EPHEMERAL_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 200


class NoFreePortError(OSError):
    """Say that every port tried is taken."""


def is_free(port: int) -> bool:
    """Tell whether a server could listen here now: nobody answers and the bind is allowed."""
    with socket.socket() as probe:
        # As servers do; without it a port with connections in TIME_WAIT looks taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) != 0


def first_free(candidates: Iterable[int]) -> int:
    """Return the first free one.

    Raises: NoFreePortError.
    """
    for port in candidates:
        if is_free(port):
            return port
    raise NoFreePortError("no free TCP port on 127.0.0.1")


def any_free() -> int:
    """Return a free port below the range the kernel gives to outgoing connections.

    Raises: NoFreePortError.
    """
    return first_free(_random_ports())


def preferred(*candidates: int) -> int:
    """Return the first free one of these, else any.

    Raises: NoFreePortError.
    """
    return first_free([*candidates, *_random_ports()])


def _random_ports() -> Iterator[int]:
    highest = _ephemeral_start() - 1
    for _ in range(TRIES):
        yield random.randint(min(LOWEST, highest), highest)


def _ephemeral_start() -> int:
    if not EPHEMERAL_FILE.exists():
        return EPHEMERAL_DEFAULT
    return max(int(EPHEMERAL_FILE.read_text().split()[0]), 2048)
