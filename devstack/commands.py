"""Run the subcommands of `./fx` other than `up`."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from devstack import up, variables
from devstack.stack import Stack
from devstack.state import ROOT, Environment, Record, State
from devstack.throwaway import Throwaway

MARKERS = ("browser", "faults", "soak")
CHECKS = (
    ("-m", "ruff", "check", ".", "fx"),
    ("-m", "ruff", "format", "--check", ".", "fx"),
    ("-m", "mypy", ".", "fx"),
    ("-c", "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"),
    ("manage.py", "makemigrations", "--check"),
    ("manage.py", "check"),
)
LOCK = ("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")
LOCKED = {
    "requirements.txt": ("pyproject.toml",),
    "requirements-engines.txt": ("--group", "engines", "-c", "requirements.txt"),
    "requirements-dev.txt": ("--group", "dev", "-c", "requirements.txt", "-c", "requirements-engines.txt"),
}


def test(arguments: list[str]) -> int:
    """Become pytest; `./fx test faults` is `./fx test -m faults`."""
    return _become("-m", "pytest", *pytest_arguments(arguments))


def pytest_arguments(arguments: list[str]) -> list[str]:
    """Return the arguments for pytest, where a marker as the first word chooses its tests."""
    return ["-m", *arguments] if arguments and arguments[0] in MARKERS else arguments


def bench(arguments: list[str]) -> int:
    """Become the bench, which starts engines of its own."""
    return _become("-m", "bench", *arguments)


def manage(arguments: list[str]) -> int:
    """Run a Django command with the running stack's environment, or on its engines while it is down.

    Raises: the FAILURES of `up`.
    """
    state = State()
    with state.lock() as ours:
        if not ours:
            return _manage_running(state.read(), arguments)
        environment: Environment = "live" if os.environ.get("FX_ENVIRONMENT") == "live" else "demo"
        stack = Stack(state, environment, 0)
        with ExitStack() as engines:
            state.write(Record(environment, "manage", os.getpid()))
            engines.callback(state.clear)
            for engine in stack.engines:
                engines.enter_context(engine)
            return _wait_for(["manage.py", *arguments], stack.env)


def lint(arguments: list[str]) -> int:
    """Run every check, also after one failed; return 0 where all passed."""
    failed = []
    with Throwaway(os.environ) as engines:
        env = variables.without_ours(os.environ) | variables.for_tests(engines.addresses)
        for check in CHECKS:
            name = (
                " ".join(check[1:3])
                if check[0] == "-m"
                else "lint-imports"
                if check[0] == "-c"
                else " ".join(check)
            )
            print(f"fx: {name}", flush=True)
            if subprocess.run([sys.executable, *check], cwd=ROOT, env=env, check=False).returncode != 0:
                failed.append(name)
    print(f"fx: failed: {', '.join(failed)}" if failed else "fx: all checks passed")
    return 1 if failed else 0


def lock(arguments: list[str]) -> int:
    """Make the hashed requirements again from pyproject.toml; further arguments go to uv."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    for target, sources in LOCKED.items():
        done = subprocess.run([uv, *LOCK, *sources, "-o", target, *arguments], cwd=ROOT, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


def _manage_running(record: Record | None, arguments: list[str]) -> int:
    if record is None or not record.variables:
        print("fx: another ./fx is using the engines; try again when it has ended", file=sys.stderr)
        return 1
    return _become("manage.py", *arguments, env={**os.environ, **record.variables})


def _become(*arguments: str, env: dict[str, str] | None = None) -> int:
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, *arguments], env or dict(os.environ))


def _wait_for(arguments: list[str], env: dict[str, str]) -> int:
    """Run it on our terminal; Ctrl-C is for the child, which gets it from the terminal too."""
    child = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=env)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)


COMMANDS = {"up": up.main, "test": test, "manage": manage, "bench": bench, "lint": lint, "lock": lock}
