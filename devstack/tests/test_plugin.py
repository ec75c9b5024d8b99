"""Test the pytest plugin in pytest runs of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from devstack.proctable import children, command_line
from devstack.state import ROOT
from devstack.tests.conftest import eventually, gone
from devstack.throwaway import PREFIX, Throwaway

SHOW = """
import os, pytest

def test_show():
    names = ("FX_KEY_PREFIX", "FX_ENVIRONMENT", "DATABASE_URL", "TRACKED_CURRENCIES")
    print("SHOWN", *(os.environ.get(name) for name in names))

def test_more():
    print("SHOWN", os.environ["FX_KEY_PREFIX"])

@pytest.mark.browser
def test_browser():
    pass

@pytest.mark.faults
def test_faults():
    pass

@pytest.mark.soak
def test_soak():
    pass
"""
WAIT = """
import pathlib, signal

def test_wait():
    pathlib.Path("here").touch()
    signal.pause()
"""
SHARED = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}


def environment(**extra: str) -> dict[str, str]:
    """Return an environment for a run that is nobody's xdist worker."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **extra}


def command(folder: Path, text: str, *arguments: str) -> list[str]:
    """Return the command that runs these tests with the plugin, away from this project's settings."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    fixed = ["-p", "devstack.pytest_plugin", "-p", "no:django", "-p", "no:asyncio", "-p", "no:cacheprovider"]
    return [sys.executable, "-m", "pytest", "--rootdir", str(folder), *fixed, str(folder), *arguments]


def pytest_run(folder: Path, shell: Mapping[str, str], *arguments: str) -> list[str]:
    """Run the tests and return the lines printed."""
    done = subprocess.run(
        command(folder, SHOW, *arguments),
        cwd=folder,
        env=environment(**shell),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_it_sets_the_environment_and_leaves_out_what_it_must(tmp_path: Path) -> None:
    shell = {**SHARED, "TRACKED_CURRENCIES": "XXX", "FX_ENVIRONMENT": "live", "FX_CHROMIUM": "/nowhere"}
    lines = pytest_run(tmp_path, shell, "-s")
    shown = next(line for line in lines if "SHOWN fx-test-" in line).split()
    assert shown[-3:] == ["demo", SHARED["DATABASE_URL"], "None"]
    assert "2 passed, 1 skipped, 2 deselected" in lines[-2]
    assert lines[-1].startswith("1 browser tests were left out")
    assert "apt-get install chromium" in lines[-1]


def test_each_xdist_worker_has_a_key_prefix_of_its_own(tmp_path: Path) -> None:
    lines = pytest_run(tmp_path, {**SHARED, "FX_CHROMIUM": "/nowhere"}, "-n", "2", "-rP")
    prefixes = {line.split()[1] for line in lines if line.startswith("SHOWN")}
    assert {prefix.rsplit("-", 1)[1] for prefix in prefixes} == {"gw0", "gw1"}
    assert len({prefix.rsplit("-", 1)[0] for prefix in prefixes}) == 1
    assert lines[-1].startswith("1 browser tests were left out")


def test_browser_tests_run_where_there_is_one_and_faults_when_asked_for(tmp_path: Path) -> None:
    lines = pytest_run(tmp_path, {**SHARED, "FX_CHROMIUM": sys.executable}, "-m", "browser or faults")
    assert "2 passed, 3 deselected" in lines[-1]


@pytest.mark.faults
def test_a_killed_run_leaves_no_engine_and_the_next_one_clears_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = Path(tempfile.mkdtemp(dir=tmp_path))
    shell = environment(TMPDIR=str(temporary))
    with (tmp_path / "output").open("w") as output:
        run = subprocess.Popen(command(tmp_path, WAIT), cwd=tmp_path, env=shell, stdout=output, stderr=output)
    assert eventually((tmp_path / "here").exists), (tmp_path / "output").read_text()
    engines = children(run.pid)
    programs = [Path(command_line(pid).split()[0]).name for pid in engines]
    assert sorted(programs) == ["postgres", "valkey-server"]
    run.send_signal(signal.SIGKILL)
    run.wait(10)
    assert eventually(lambda: gone(engines))
    left = list(temporary.glob(f"{PREFIX}*"))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with Throwaway(SHARED):
        assert not left[0].exists()


@pytest.mark.faults
def test_a_run_that_fails_before_its_first_test_stops_its_engines_too(tmp_path: Path) -> None:
    temporary = Path(tempfile.mkdtemp(dir=tmp_path))
    (tmp_path / "conftest.py").write_text("raise SystemError('broken on purpose')")
    shell = environment(TMPDIR=str(temporary))
    done = subprocess.run(
        command(tmp_path, SHOW),
        cwd=tmp_path,
        env=shell,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "broken on purpose" in done.stderr
    assert list(temporary.glob(f"{PREFIX}*")) == []
