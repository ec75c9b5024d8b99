"""Test the supervisor behind `up`, as a process among processes."""

import os
import signal
import socket
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.proctable import command_line, pids
from devstack.tests.conftest import RunningUp, eventually, gone

IN_ORDER = ["setup", "market", "web", "worker", "beat"]
REAL = {"STANDIN_ENGINES": "real"}
# The URL under which the database answers that Django talks to.
WHERE = """
from django.db import connection as link
with link.cursor() as cursor:
    cursor.execute("SELECT 1")
at = link.settings_dict
print(f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}")
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """Run one `up` with engines, for the tests that only look."""
    running = RunningUp(tmp_path_factory.mktemp("shared") / "up", REAL)
    yield running.start("--port", "0").ready()
    running.close()


def started(up: RunningUp) -> list[str]:
    """Return the names in the order in which they started."""
    return [event.removeprefix("start ") for event in up.events if event.startswith("start ")]


def stopped(up: RunningUp) -> list[str]:
    """Return the names in the order in which they stopped."""
    return [event.removeprefix("stop ") for event in up.events if event.startswith("stop ")]


def test_it_starts_in_order_and_says_where_everything_is(shared: RunningUp) -> None:
    assert started(shared) == IN_ORDER
    url = shared.record["url"]
    block = [f"Open {url}", f"API {url}api/v1", f"Docs {url}api/docs"]
    admin = f"Admin {url}admin/ user admin password once-only"
    assert shared.output.rstrip().splitlines()[-4:] == [*block, admin]
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.status == 200


def test_every_line_of_a_child_carries_its_name(shared: RunningUp) -> None:
    port = shared.record["url"].rsplit(":", 1)[1].strip("/")
    assert f"web      | listening on {port}" in shared.output.splitlines()
    assert "setup    | Applying migrations" in shared.output.splitlines()


def test_the_password_is_printed_once(up: RunningUp) -> None:
    up.start("--port", "0").ready()
    assert up.output.count("once-only") == 1
    up.end()
    up.start("--port", "0")
    assert eventually(lambda: "./fx manage changepassword admin" in up.output), up.output
    assert up.output.count("once-only") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_the_opposite_order(up: RunningUp, number: signal.Signals) -> None:
    up.start("--port", "0").ready()
    pids = list(up.record["pids"].values())
    assert up.end(number) == 0
    assert stopped(up) == ["beat", "worker", "web", "market"]
    assert gone(pids)
    assert up.record == {}


def test_a_child_that_dies_stops_the_rest_with_exit_1(up: RunningUp) -> None:
    up.start("--port", "0").ready()
    pids = up.record["pids"]
    os.kill(pids["web"], signal.SIGKILL)
    assert up.wait() == 1
    assert stopped(up) == ["beat", "worker", "market"]
    assert "fx: web was ended by SIGKILL" in up.output
    assert gone(list(pids.values()))


def test_a_child_that_fails_at_start_stops_the_rest_with_exit_1(up: RunningUp) -> None:
    up.environment = REAL | {"STANDIN_FAULTS": '{"web": "fails"}'}
    up.start("--port", "0")
    assert up.wait() == 1
    assert "fx: web ended with exit code 3" in up.output
    assert started(up) == ["setup", "market", "web"]
    assert stopped(up) == ["market"]
    assert "database system is shut down" in up.output


def test_a_failed_setup_starts_nothing_that_needs_it(up: RunningUp) -> None:
    up.environment = {"STANDIN_FAULTS": '{"setup": "fails"}'}
    up.start("--port", "0")
    assert up.wait() == 1
    assert "web" not in started(up)


def test_a_kill_of_the_supervisor_leaves_no_child_and_does_not_block_the_next_start(up: RunningUp) -> None:
    up.environment = REAL
    up.start("--port", "0").ready()
    pids = up.record["pids"]
    assert set(pids) == {"postgres", "valkey", "market", "web", "worker", "beat"}
    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    assert eventually(lambda: gone(list(pids.values())), 10)
    up.output_file.write_text("")
    up.start("--port", "0").ready()
    assert up.end() == 0


def test_a_second_signal_does_not_wait_for_a_stubborn_child(up: RunningUp) -> None:
    up.environment = {"STANDIN_FAULTS": '{"worker": "stubborn"}'}
    up.start("--port", "0").ready()
    assert up.popen is not None
    up.popen.send_signal(signal.SIGTERM)
    assert eventually(lambda: "stop beat" in up.events)
    before = time.monotonic()
    assert up.end() == 0
    assert time.monotonic() - before < 5
    assert stopped(up) == ["beat", "web", "market"]


def test_a_second_up_prints_the_url_of_the_first(shared: RunningUp) -> None:
    url = shared.record["url"]
    second = shared.another()
    assert second.returncode == 0
    assert f"Open {url}" in second.stdout.splitlines()
    assert started(shared) == IN_ORDER


def test_it_does_not_reset_what_is_in_use(shared: RunningUp) -> None:
    second = shared.another("--reset")
    assert second.returncode == 1
    assert "stop it first" in second.stdout
    assert shared.record["status"] == "ready"


def test_a_busy_port_that_was_asked_for_is_an_error(up: RunningUp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        up.start("--port", str(port))
        assert up.wait() == 1
    assert f"fx: port {port} is in use" in up.output


def test_what_the_record_and_the_secrets_say_is_for_us_alone(shared: RunningUp) -> None:
    state = shared.folder / "state"
    files = [state / "stack.json", *(state / "demo" / "secrets").iterdir()]
    assert len(files) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_no_secret_is_on_a_command_line(shared: RunningUp) -> None:
    said = "\n".join(map(command_line, pids()))
    assert "devstack.tests.standin" in said
    secrets = [file.read_text() for file in (shared.folder / "state" / "demo" / "secrets").iterdir()]
    assert not [secret for secret in secrets if secret in said or secret in shared.output]


def test_a_stack_of_the_other_environment_is_not_shown_as_ours(shared: RunningUp) -> None:
    other = shared.another("--live")
    assert other.returncode == 1
    assert "the demo stack is running" in other.stdout


def test_manage_runs_on_the_engines_of_the_running_stack(shared: RunningUp) -> None:
    done = shared.another("manage", "shell", "-v0", "-c", WHERE, module="devstack")
    assert (done.returncode, done.stdout.strip()) == (0, shared.record["database_url"]), done.stderr


def test_manage_starts_the_engines_for_itself_while_nothing_runs(up: RunningUp) -> None:
    done = up.another("manage", "shell", "-v0", "-c", WHERE, module="devstack")
    password = (up.folder / "state" / "demo" / "secrets" / "postgres").read_text()
    assert done.returncode == 0, done.stderr
    assert f"fx:{password}@" in done.stdout
    assert up.record == {}
    assert not [pid for pid in pids() if str(up.folder) in command_line(pid)]


def test_a_normal_user_needs_nothing_more(up_as_nobody: RunningUp) -> None:
    up_as_nobody.environment = REAL
    up_as_nobody.start("--port", "0").ready()
    pids = up_as_nobody.record["pids"].values()
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids} == {65534}
    assert up_as_nobody.end() == 0
    assert gone(list(pids))
