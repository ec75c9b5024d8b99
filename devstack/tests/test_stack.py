"""Test what a stack is made of: variables, ports, secrets, and the folder that keeps them."""

import base64
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import commands, ports, stack, up, variables
from devstack.console import Console
from devstack.engines import EngineError
from devstack.proctable import birth, end_strays
from devstack.stack import PortTakenError, Stack
from devstack.state import Record, State

FOREIGN = {"DATABASE_URL": "postgresql://u:p@db.example/x", "REDIS_URL": "redis://redis.example/0"}


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Offer an empty state folder."""
    return State(tmp_path / "state")


def test_demo_and_live_share_no_folder_secret_or_key(state: State) -> None:
    demo, live = (Stack(state, name, 0, {}) for name in ("demo", "live"))
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SECRET_KEY", "FX_SECRET_KEYS", "FX_KEY_PREFIX"):
        assert demo.variables[name] != live.variables[name]
    folders = {engine.folder for each in (demo, live) for engine in each.engines}
    assert len(folders) == 4


def test_a_url_takes_the_place_of_an_engine(state: State) -> None:
    some = Stack(state, "demo", 0, {"DATABASE_URL": FOREIGN["DATABASE_URL"]})
    assert [engine.name for engine in some.engines] == ["valkey"]
    assert some.variables["DATABASE_URL"] == FOREIGN["DATABASE_URL"]
    assert Stack(state, "demo", 0, FOREIGN).engines == []


def test_what_the_shell_says_wins_and_an_empty_setting_says_nothing(state: State) -> None:
    chosen = Stack(state, "demo", 0, {"FX_PUBLIC_READ": "false", "DJANGO_SECRET_KEY": "", "HOME": "/home"})
    assert chosen.env["FX_PUBLIC_READ"] == "false"
    assert chosen.env["DJANGO_SECRET_KEY"]
    assert "HOME" not in chosen.variables


def test_only_demo_has_a_market_and_reads_private_addresses(state: State) -> None:
    demo, live = Stack(state, "demo", 0, {}), Stack(state, "live", 0, {})
    names = [[unit.name for each in stack.stages() for unit in each] for stack in (demo, live)]
    assert names == [["market", "web", "worker", "beat"], ["web", "worker", "beat"]]
    assert demo.market_url
    assert live.market_url is None
    assert "FX_DEMO_MARKET_URL" not in live.variables
    assert "FX_ALLOW_PRIVATE_SOURCES" not in live.variables


def test_a_market_of_the_users_own_is_not_started_twice(state: State) -> None:
    demo = Stack(state, "demo", 0, {"FX_DEMO_MARKET_URL": "http://127.0.0.1:1"})
    assert "market" not in [unit.name for each in demo.stages() for unit in each]


def test_secrets_and_ports_stay_the_same_from_start_to_start(state: State) -> None:
    first, second = Stack(state, "demo", 0, {}), Stack(state, "demo", 0, {})
    assert first.variables == second.variables
    assert len(base64.urlsafe_b64decode(first.variables["FX_SECRET_KEYS"])) == 32


def test_a_remembered_port_that_is_taken_is_replaced(state: State) -> None:
    first = Stack(state, "demo", 0, {})
    with socket.create_server(("127.0.0.1", first.engines[1].port)):
        second = Stack(state, "demo", 0, {})
    assert second.engines[1].port != first.engines[1].port
    assert second.engines[0].port == first.engines[0].port


def test_the_page_takes_the_next_port_when_the_usual_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = ports.first_free(port for port in range(20000, 30000, 2) if ports.is_free(port + 1))
    monkeypatch.setattr(stack, "WEB_PORT", usual)
    assert stack.choose_web_port(None) == usual
    with socket.create_server(("127.0.0.1", usual)):
        assert stack.choose_web_port(None) == usual + 1
        with pytest.raises(PortTakenError, match=str(usual)):
            stack.choose_web_port(usual)


def test_reset_forgets_one_environment_and_never_touches_a_foreign_server(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    kept = Stack(state, "live", 0, {}).variables
    forgotten = Stack(state, "demo", 0, {}).variables
    up.reset(state, "demo")
    assert Stack(state, "live", 0, {}).variables == kept
    assert Stack(state, "demo", 0, {}).variables["DJANGO_SECRET_KEY"] != forgotten["DJANGO_SECRET_KEY"]
    monkeypatch.setenv("REDIS_URL", FOREIGN["REDIS_URL"])
    with pytest.raises(EngineError, match="REDIS_URL"):
        up.reset(state, "demo")


def test_only_one_at_a_time_holds_the_state_folder(state: State) -> None:
    with state.lock() as first, State(state.folder).lock() as second:
        assert (first, second) == (True, False)
    with state.lock() as again:
        assert again


def test_strays_of_a_killed_run_are_ended_and_strangers_left_alone(state: State) -> None:
    waiting = [sys.executable, "-c", "import signal; signal.pause()"]
    stray, stranger = subprocess.Popen(waiting), subprocess.Popen(waiting)
    born = birth(stray.pid)
    assert born
    state.write(
        Record(
            "demo",
            "ready",
            os.getpid(),
            pids={"web": stray.pid, "beat": stranger.pid},
            births={"web": born, "beat": "another birth"},
        )
    )
    up.clear_strays(state, Console())
    assert stray.wait(10) == -signal.SIGKILL
    assert stranger.poll() is None
    assert state.read() is None
    stranger.kill()
    stranger.wait(10)


def test_a_record_of_another_version_is_still_read(state: State) -> None:
    state.record_file.write_text('{"environment": "demo", "status": "ready", "pid": 1, "new": true}')
    assert state.read() == Record("demo", "ready", 1)


def test_a_number_that_is_no_port_is_refused() -> None:
    assert up.parse(["--port", "65535"]).port == 65535
    with pytest.raises(SystemExit):
        up.parse(["--port", "65536"])


def test_a_process_that_has_ended_is_no_stray() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    born = birth(ended.pid) or "just ended"
    ended.wait(10)
    assert end_strays({ended.pid: born}) == []


def test_tests_see_nothing_of_a_developers_settings() -> None:
    shell = {"TRACKED_CURRENCIES": "XXX", "FX_ENVIRONMENT": "live", "HOME": "/home", **FOREIGN}
    assert variables.without_ours(shell) == {"HOME": "/home", **FOREIGN}


def test_a_marker_as_the_first_word_chooses_those_tests() -> None:
    assert commands.pytest_arguments(["faults", "-x"]) == ["-m", "faults", "-x"]
    assert commands.pytest_arguments(["rates"]) == ["rates"]
