#!/usr/bin/env python3
"""Run, test and check the rate engine.

Usage: ./fx COMMAND [OPTIONS]

  up      start everything: web, worker, beat, demo market, on a PostgreSQL and a Valkey of its own
            --live     poll the real keyless sources instead of the demo market
            --port N   the page's port (default: 8000, or the next free one; 0: any free one)
            --reset    remove the stored rows, keys and secrets first
  test    run the tests; further arguments go to pytest. `test faults` breaks things on purpose
  manage  run a Django command with the environment of the running stack
  bench   measure on engines of its own: ingest, history (default: all)
            --rows N     how many rates history is stored with (default: 5,000,000)
            --json FILE  also write the figures there
  lint    run ruff, mypy, import-linter and Django's checks
  lock    make the hashed requirements again from pyproject.toml; further arguments go to uv

It needs Python 3.11 or newer and a package registry, and nothing else. The packages go to .venv, and
what `up` stores goes to .fx. With DATABASE_URL or REDIS_URL set, those servers are used.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "fx-installed.json"
UV_PIN = ROOT / "devstack" / "uv.txt"
RUN = ("requirements.txt", "requirements-engines.txt")
NEEDS = {
    "up": RUN,
    "manage": RUN,
    "bench": RUN,
    "test": (*RUN, "requirements-dev.txt"),
    "lint": (*RUN, "requirements-dev.txt"),
    "lock": (),
}


def main(arguments: list[str]) -> int:
    """Prepare the virtual environment for the command and become its Python."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(__doc__.rstrip())
        return 0
    if arguments[0] not in NEEDS:
        print(f"fx: there is no command {arguments[0]!r}\n\n{(__doc__ or '').rstrip()}", file=sys.stderr)
        return 2
    use_new_enough_python()
    prepare_environment()
    prepare_venv(arguments[0])
    os.chdir(ROOT)
    return os.execve(PYTHON, [str(PYTHON), "-m", "devstack", *arguments], dict(os.environ))


def use_new_enough_python() -> None:
    """Start again under a newer Python where this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, str(Path(__file__).resolve()), *sys.argv[1:]])
    stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} at {sys.executable}")


def prepare_environment() -> None:
    """Set what every later process inherits."""
    # Without compiled modules each process takes three times as long to start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"
    if os.environ.get("FX_STATE_DIR"):
        os.environ["FX_STATE_DIR"] = str(Path(os.environ["FX_STATE_DIR"]).absolute())


def prepare_venv(command: str) -> None:
    """Make the virtual environment and install what the command needs, where that changed."""
    wanted = {name: digest(ROOT / name) for name in NEEDS[command]}
    if is_installed(wanted) and (command != "lock" or find_uv()):
        return
    with (ROOT / "pyproject.toml").open() as project:
        # One ./fx installs, a second one waits for it and then finds everything there.
        fcntl.flock(project, fcntl.LOCK_EX)
        if not is_installed(wanted) or command == "lock":
            make_venv()
            install(list(wanted), required_uv=command == "lock")
            STAMP.write_text(json.dumps({**installed(), **wanted, "python": interpreter()}))


def is_installed(wanted: dict[str, str]) -> bool:
    """Tell whether these files, as they are now, were installed for the Python that is there."""
    found = installed()
    return all(found.get(key) == entry for key, entry in {**wanted, "python": interpreter()}.items())


def installed() -> dict[str, str]:
    """Return what the stamp says: file name to digest, and the interpreter."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (FileNotFoundError, ValueError):
        return {}


def interpreter() -> str:
    """Return the program behind the virtual environment's Python; an upgrade of the system changes it."""
    return os.path.realpath(PYTHON) if PYTHON.exists() else ""


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_venv() -> None:
    """Make the virtual environment where there is none, or where its Python has gone."""
    stale = installed().get("python") not in (None, interpreter())
    if PYTHON.exists() and not stale and can_install():
        return
    if VENV.exists() or VENV.is_symlink():
        shutil.rmtree(VENV)
    base = getattr(sys, "_base_executable", sys.executable)
    uv = shutil.which("uv")
    say("making .venv")
    if uv:
        made = subprocess.call([uv, "venv", "--quiet", "--python", base, str(VENV)])
    elif importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        made = subprocess.call([base, "-m", "venv", str(VENV)])
    else:
        stop(
            "Python's venv module is missing. Debian and Ubuntu: apt-get install python3-venv (or install uv)"
        )
    if made != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(f"could not make a virtual environment in {VENV}; the lines above say why")


def can_install() -> bool:
    """Tell whether packages can go into the environment; not where its making was interrupted."""
    if STAMP.exists() or find_uv():
        return True
    return subprocess.call([PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL) == 0


def install(names: list[str], required_uv: bool) -> None:
    """Install the files' packages, each checked against its hash."""
    uv = find_uv() or fetch_uv()
    if required_uv and not uv:
        stop("uv is needed for this; install it, or let the package registry offer it")
    if not names:
        return
    say("installing the packages" + (" (the first time takes a while)" if not STAMP.exists() else ""))
    files = [argument for name in names for argument in ("-r", str(ROOT / name))]
    if uv and subprocess.call([*uv, "pip", "install", "--quiet", "--python", str(PYTHON), *files]) == 0:
        return
    if uv:
        say("uv could not install them; trying pip")
    pip = [str(PYTHON), "-m", "pip"]
    if subprocess.call([*pip, "install", "--quiet", "--require-hashes", *files]) != 0:
        stop("the packages could not be installed; the lines above say why")


def find_uv() -> list[str] | None:
    """Return the command that is uv: from PATH, or the one installed here; None where there is none."""
    for found in (shutil.which("uv"), str(VENV / "bin" / "uv")):
        if found and os.access(found, os.X_OK):
            return [found]
    return None


def fetch_uv() -> list[str] | None:
    """Install the pinned uv into the virtual environment; None where the registry has none."""
    pip = [str(PYTHON), "-m", "pip"]
    if not UV_PIN.exists():
        return None
    use_pips_index(pip)
    pinned = ["--quiet", "--require-hashes", "-r", str(UV_PIN)]
    done = subprocess.run([*pip, "install", *pinned], capture_output=True, check=False)
    return find_uv() if done.returncode == 0 else None


def use_pips_index(pip: list[str]) -> None:
    """Point uv to the registry pip is configured for; uv does not read pip's configuration."""
    asked = [*pip, "config", "get", "global.index-url"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    index = os.environ.get("PIP_INDEX_URL") or (said.stdout.strip() if said.returncode == 0 else "")
    if index:
        os.environ.setdefault("UV_DEFAULT_INDEX", index)


def say(text: str) -> None:
    """Tell on standard error what takes time."""
    print(f"fx: {text}", file=sys.stderr, flush=True)


def stop(reason: str) -> NoReturn:
    """End with a reason a person can act on."""
    say(reason)
    sys.exit(1)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PermissionError as refused:
        stop(f"{refused} (was ./fx run here as another user before?)")
    except KeyboardInterrupt:
        sys.exit(130)
