"""Choose the account PostgreSQL runs under: it refuses to run as root."""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devstack.binaries import EngineMissingError
from devstack.processes import launched

FALLBACK_ROOT = Path("/var/tmp")
FALLBACK_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Who runs the server.

    `spec` is what launch.py takes. `uid` and `gid` are set only where the server's files must
    belong to somebody else than us, outside the checkout.
    """

    spec: str = "same"
    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give the file to the account, where it is not ours already."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


SAME = Account()
NAMESPACE = Account("namespace")


def choose(program: Path, folder: Path) -> Account:
    """Return the account to run this program with its files in this folder.

    Raises: EngineMissingError where we are root and can be nobody else.
    """
    if os.geteuid() != 0:
        return SAME
    if can_run(NAMESPACE, program, folder):
        return NAMESPACE
    return fallback()


def fallback() -> Account:
    """Return the unprivileged account root changes to where user namespaces are blocked.

    Raises: EngineMissingError.
    """
    for name in FALLBACK_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(f"{entry.pw_uid}:{entry.pw_gid}", entry.pw_uid, entry.pw_gid)
        if can_run(account, Path("/bin/sh"), Path("/"), "-c", "exit 0"):
            return account
    raise EngineMissingError(
        "PostgreSQL refuses to run as root, and here root can neither make a user namespace "
        "nor become postgres or nobody: run ./fx as a normal user, or set DATABASE_URL"
    )


def can_run(account: Account, program: Path, folder: Path, *arguments: str) -> bool:
    """Tell whether the account can run the program from the folder, by doing so."""
    command = launched([str(program), *(arguments or ("--version",))], account.spec, signal.SIGKILL)
    try:
        return (
            subprocess.run(command, cwd=folder, capture_output=True, timeout=10, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def outside_path(folder: Path) -> Path:
    """Return the place under /var/tmp that stands for this folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return FALLBACK_ROOT / f"fx-{name}"


def outside_folder(folder: Path) -> Path:
    """Make that place and check that it is ours.

    Raises: EngineMissingError where somebody else was there first.
    """
    place = outside_path(folder)
    # Others may pass through it, to reach what is theirs; nobody else may write or look around.
    place.mkdir(mode=0o711, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EngineMissingError(f"{place} belongs to somebody else: remove it, or set DATABASE_URL")
    place.chmod(0o711)
    return place


def reachable(bin_folder: Path, account: Account, place: Path) -> Path:
    """Return a folder with the same programs that the account can run, copied where it must be.

    A checkout below root's home is closed to everybody else.
    """
    if can_run(account, bin_folder / "postgres", place):
        return bin_folder
    package = bin_folder.parent.parent
    copy = place / "programs"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # The libraries are found relative to the programs, one folder above the package.
        for tree in filter(Path.is_dir, (package, package.with_name(f"{package.name}.libs"))):
            shutil.copytree(tree, copy / tree.name, ignore=shutil.ignore_patterns("*.a", "doc", "include"))
        (copy / "complete").touch()
    return copy / package.name / bin_folder.relative_to(package)
