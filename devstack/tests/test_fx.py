"""Test the `fx` script: what it says, and what it installs when."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from devstack.state import ROOT

SAY = "import os, sys; print(sys.prefix, os.getcwd(), sys.argv[1:], 'PYTHONDONTWRITEBYTECODE' in os.environ)"


def run(script: Path, *arguments: str, cwd: Path, **shell: str) -> subprocess.CompletedProcess[str]:
    """Run `fx` as a person does, with this Python first and no uv on PATH."""
    path = os.pathsep.join([str(Path(getattr(sys, "_base_executable", sys.executable)).parent), os.defpath])
    env = {"PATH": path, "HOME": str(cwd), **shell}
    python = getattr(sys, "_base_executable", sys.executable)
    return subprocess.run(
        [python, script, *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a checkout that needs no package, and whose devstack says how it was called."""
    place = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "fx", place / "fx")
    (place / "devstack").mkdir()
    (place / "devstack" / "__init__.py").touch()
    (place / "devstack" / "__main__.py").write_text(SAY)
    for name in ("pyproject.toml", "requirements.txt", "requirements-engines.txt", "requirements-dev.txt"):
        (place / name).touch()
    return place


def script() -> ModuleType:
    """Load `fx` as a module."""
    loader = SourceFileLoader("fx_script", str(ROOT / "fx"))
    spec = importlib.util.spec_from_loader("fx_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_without_a_command_it_prints_its_help(tmp_path: Path) -> None:
    said = run(ROOT / "fx", cwd=tmp_path)
    assert said.returncode == 0
    for command in ("up", "test", "manage", "lint", "lock"):
        assert f"\n  {command} " in said.stdout


def test_an_unknown_command_is_an_error_with_the_help(tmp_path: Path) -> None:
    said = run(ROOT / "fx", "upp", cwd=tmp_path)
    assert said.returncode == 2
    assert "there is no command 'upp'" in said.stderr
    assert "Usage: ./fx" in said.stderr


def test_it_makes_the_venv_once_and_runs_in_it_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    first = run(checkout / "fx", "up", "--port", "1", cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1")
    expected = f"{checkout / '.venv'} {checkout} ['up', '--port', '1'] False\n"
    assert first.stdout == expected, first.stderr
    assert "making .venv" in first.stderr
    again = run(checkout / "fx", "up", "--port", "1", cwd=tmp_path)
    assert (again.stdout, again.stderr) == (expected, "")


def test_the_packages_of_tests_are_not_needed_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fx = script()
    monkeypatch.setattr(fx, "STAMP", tmp_path / "stamp")
    installed = dict.fromkeys(fx.NEEDS["up"], "x")
    fx.STAMP.write_text(json.dumps({**installed, "python": fx.interpreter()}))
    assert fx.is_installed(dict.fromkeys(fx.NEEDS["up"], "x"))
    assert not fx.is_installed(dict.fromkeys(fx.NEEDS["test"], "x"))
    assert not fx.is_installed(dict.fromkeys(fx.NEEDS["up"], "y"))


def test_it_names_the_missing_venv_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fx = script()
    monkeypatch.setattr(fx, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(fx, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(fx, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setenv("PATH", str(tmp_path))
    # A bare Debian's Python has `venv` but not the `ensurepip` it needs.
    monkeypatch.setattr(fx.importlib.util, "find_spec", lambda name: None)
    said: list[str] = []
    monkeypatch.setattr(fx, "say", said.append)
    with pytest.raises(SystemExit):
        fx.make_venv()
    assert "apt-get install python3-venv" in said[-1]


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fx = script()
    monkeypatch.setattr(fx, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    monkeypatch.setattr(fx, "say", said.append)
    with pytest.raises(SystemExit):
        fx.use_new_enough_python()
    assert "Python 3.11 or newer is needed" in said[-1]


def test_the_installer_is_pinned_by_hash() -> None:
    lines = [line.strip(" \\") for line in (ROOT / "devstack" / "uv.txt").read_text().splitlines()]
    pin, *hashes = [line for line in lines if not line.startswith("#")]
    assert pin.startswith("uv==")
    assert hashes
    assert all(line.startswith("--hash=sha256:") for line in hashes)
