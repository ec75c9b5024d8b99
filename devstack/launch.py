"""Become another account, ask to die with the parent, then turn into the command.

Run as `python -I -S launch.py PARENT_PID DEATH_SIGNAL ACCOUNT COMMAND…`, where ACCOUNT is `same`,
`namespace` or `UID:GID`. A process of its own rather than a `preexec_fn`, which may deadlock in a
program with threads.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NAMESPACE_ID = 1000


def main(arguments: list[str]) -> None:
    """Do the three steps in their order.

    Raises: OSError where the account cannot be taken or the command cannot be run.
    """
    parent, death_signal, account, *command = arguments
    become(account)
    # After the account: a change of credentials clears the death signal (prctl(2)).
    die_with(int(parent), int(death_signal))
    restore_signals()
    os.execvp(command[0], command)


def become(account: str) -> None:
    """Take the account, for good.

    Raises: OSError where the kernel refuses.
    """
    if account == "namespace":
        _enter_namespace()
    elif account != "same":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _enter_namespace() -> None:
    """Be user 1000 in a user namespace of our own, still owner of the same files outside it."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{NAMESPACE_ID} {uid} 1"),
        ("gid_map", f"{NAMESPACE_ID} {gid} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(line)


def die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send the signal when the parent ends; elsewhere than on Linux pid files serve."""
    if sys.platform != "linux":
        return
    _call("prctl", PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit("launch: the parent was gone before the command could start")


def restore_signals() -> None:
    """Give the command the defaults: Python ignores SIGPIPE, a background shell ignores SIGINT."""
    for name in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    main(sys.argv[1:])
