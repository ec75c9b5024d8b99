"""The server as a process: it starts, bears everything, and stops."""

import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from demo.market import KEYS, main
from demo.tests.running import Running

HOST_LINE = b"Host: localhost\r\n"
HOSTILE = [
    b"\x00" * 100,
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /fixer/\xff\xfe HTTP/1.1\r\n" + HOST_LINE + b"\r\n",
    b"GET /fixer/latest?access_key=%FF%00 HTTP/1.1\r\n" + HOST_LINE + b"\r\n",
    b"GET /fixer/latest HTTP/1.1\r\n" + HOST_LINE + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST /control/faults HTTP/1.1\r\n" + HOST_LINE + b"Content-Length: 99999999999\r\n\r\n{",
    b"POST /control/faults HTTP/1.1\r\n" + HOST_LINE + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /fixer/latest HTTP/9.9\r\n" + HOST_LINE + b"\r\n",
    b"GET /ecb/eurofxref-daily.xml HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
]
ODD_PATHS = [
    "/",
    "//",
    "/fixer",
    "/fixer//latest",
    "/%00",
    "/fixer/%2e%2e/control/status",
    "/ecb/" + "a" * 8_000,
    "/nobody/latest",
    "/openexchangerates/historical/9999-99-99.json?app_id=demo-key-openexchangerates",
    "/freecurrencyapi/latest?currencies=%FF&apikey=demo-key-freecurrencyapi",
]


def spoken(server: tuple[str, int], message: bytes) -> bytes:
    """Send bytes as they are; return the first line of what comes back, nothing where the server hangs up."""
    with socket.create_connection(server, timeout=5) as connection, suppress(OSError):
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(64)
    return b""


def address(running: Running) -> tuple[str, int]:
    """Return where a server listens."""
    return str(running.client.base_url.host), int(running.client.base_url.port or 0)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_it_survives_what_no_client_should_send(market: Running, hostile: bytes) -> None:
    assert spoken(address(market), hostile)[9:10] != b"5"
    assert market.status()["seed"] == 7


@pytest.mark.parametrize("path", ODD_PATHS, ids=range(len(ODD_PATHS)))
def test_odd_paths_are_refused_not_failed(market: Running, path: str) -> None:
    assert 400 <= market.client.get(path).status_code < 500 or "currencies" in path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_vendors_are_only_read(market: Running, method: str) -> None:
    answer = market.client.request(method, "/fixer/latest", content=b"x" * 100_000)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_head_is_get_without_a_body(market: Running) -> None:
    answer = market.client.head("/ecb/eurofxref-daily.xml")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 1_000


def test_what_a_client_has_is_not_sent_again(market: Running) -> None:
    since = market.latest("ecb").headers["last-modified"]
    again = market.latest("ecb", headers={"If-Modified-Since": since})
    assert (again.status_code, again.content, again.headers["last-modified"]) == (304, b"", since)


def test_keys_are_published() -> None:
    assert KEYS == {
        "fixer": "demo-key-fixer",
        "openexchangerates": "demo-key-openexchangerates",
        "freecurrencyapi": "demo-key-freecurrencyapi",
    }


def test_it_stops_within_a_second_while_requests_hang() -> None:
    running = Running()
    for vendor, fault in (("fixer", "hang"), ("openexchangerates", "huge")):
        running.fault(vendor, fault)
    sockets = [socket.create_connection(address(running), timeout=5) for _ in range(5)]
    for connection in sockets[:2]:
        connection.sendall(b"GET /fixer/latest HTTP/1.1\r\nHost: x\r\n\r\n")
    sockets[2].sendall(b"GET /openexchangerates/latest.json HTTP/1.1\r\nHost: x\r\n\r\n")
    sockets[3].sendall(b"GET /fixer/la")
    running.await_requests("fixer", 2)
    running.await_requests("openexchangerates", 1)
    code, took = running.stop()
    assert code == 0
    assert took < 1
    assert sockets[0].recv(12) == b"HTTP/1.1 503"
    for connection in sockets:
        connection.close()


def test_a_busy_port_is_an_error_that_is_said(market: Running) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "demo.market", "--port", str(address(market)[1])],
        check=False,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert told.returncode == 1
    assert "cannot start" in told.stdout


@pytest.mark.parametrize("arguments", [["--port", "65536"], ["--port", "http"], ["--seed", "x"], ["--what"]])
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_it_needs_nothing_of_the_product() -> None:
    script = (
        "import sys, demo.market; print([name for name in sys.modules if name.split('.')[0] in sys.argv[1:]])"
    )
    apps = [
        "django",
        "rest_framework",
        "celery",
        "providers",
        "rates",
        "conversions",
        "alerts",
        "streaming",
        "fxengine",
    ]
    told = subprocess.run([sys.executable, "-c", script, *apps], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
