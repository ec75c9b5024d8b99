"""Lend engines that forget everything, to tests and to the linters."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

from devstack.engines import Engine, Postgres, Valkey

PREFIX = "fx-engines-"


class Throwaway:
    """Engines in a temporary folder, without fsync; those for which a URL is set are not started."""

    def __init__(self, shell: Mapping[str, str]) -> None:
        """Plan the engines the shell's variables leave to us."""
        self.addresses = {name: shell[name] for name in ("DATABASE_URL", "REDIS_URL") if shell.get(name)}
        self._engines: list[Engine] = []
        self._folder: Path | None = None
        self._mark: IO[str] | None = None

    def start(self) -> Self:
        """Start them; afterwards `addresses` has both URLs.

        Raises: EngineError, EngineMissingError.
        """
        sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._mark = _hold(self._folder)
        for name, kind in (("REDIS_URL", Valkey), ("DATABASE_URL", Postgres)):
            if name not in self.addresses:
                engine = kind(self._folder / kind.name, durable=False)
                self._engines.append(engine)
                self.addresses[name] = engine.start().url
        return self

    def stop(self) -> None:
        """Stop them and remove what they wrote; a second call does nothing."""
        while self._engines:
            engine = self._engines.pop()
            engine.stop()
            engine.erase()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._mark is not None:
            self._mark.close()

    def __enter__(self) -> Self:
        """Start them for the length of a block."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop them."""
        self.stop()


def sweep() -> None:
    """Remove the folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            continue
        mark = _hold(folder)
        if mark is not None:
            Postgres(folder / Postgres.name).erase()
            shutil.rmtree(folder, ignore_errors=True)
            mark.close()


def _hold(folder: Path) -> IO[str] | None:
    """Mark the folder as in use for as long as the file stays open; None where it already is."""
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
