"""Keep what outlives one `./fx up`: rows, keys, secrets, ports, and the record of the running stack."""

import base64
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
Environment = Literal["demo", "live"]
Status = Literal["starting", "ready", "stopping", "manage"]


@dataclass
class Record:
    """What runs now, as `stack.json` says it; holds secrets.

    `pids` and `births` are by process name; a birth tells a process from a later one with its pid.
    `variables` is what the children have in their environment beside the shell's own.
    """

    environment: Environment
    status: Status
    pid: int
    url: str | None = None
    market_url: str | None = None
    database_url: str | None = None
    redis_url: str | None = None
    admin: str | None = None
    pids: dict[str, int] = field(default_factory=dict)
    births: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


class State:
    """The folder `.fx`, with one folder for `demo` and one for `live` that share nothing.

    A simulated price can so never be read by a live run.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Use this folder; None means FX_STATE_DIR or `.fx` in the checkout."""
        self.folder = folder or Path(os.environ.get("FX_STATE_DIR") or ROOT / ".fx").absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def record_file(self) -> Path:
        """Return where the running stack describes itself."""
        return self.folder / "stack.json"

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the folder, or yield False where another process has it; the kernel frees it at our death."""
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def read(self) -> Record | None:
        """Return the record of the running stack, or of one that was killed; None where there is none."""
        try:
            said = json.loads(self.record_file.read_text())
        except FileNotFoundError:
            return None
        # Another version of this tool may have left more.
        return Record(**{each.name: said[each.name] for each in fields(Record) if each.name in said})

    def write(self, record: Record) -> None:
        """Replace the record at once, readable by us alone."""
        write_private(self.record_file, json.dumps(asdict(record), indent=1))

    def clear(self) -> None:
        """Forget the record."""
        self.record_file.unlink(missing_ok=True)

    def part(self, environment: Environment, name: str) -> Path:
        """Return the folder of one engine in one environment."""
        return self.folder / environment / name

    def secret(self, environment: Environment, name: str, make: Callable[[], str]) -> str:
        """Return a secret that is made once and kept in a file of its own."""
        file = self.part(environment, "secrets") / name
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(file, make())
        return file.read_text()

    def ports(self, environment: Environment) -> dict[str, int]:
        """Return the ports of the last start, by name."""
        file = self.part(environment, "ports.json")
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def remember_ports(self, environment: Environment, ports: dict[str, int]) -> None:
        """Keep the ports for the next start."""
        write_private(self.part(environment, "ports.json"), json.dumps(ports))

    def reset(self, environment: Environment) -> None:
        """Remove everything kept for the environment."""
        folder = self.folder / environment
        if folder.exists():
            shutil.rmtree(folder)


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.replace(path)


def token() -> str:
    """Make a password or a signing key."""
    return secrets.token_urlsafe(36)


def fernet_key() -> str:
    """Make a key as cryptography's Fernet takes it: 32 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
