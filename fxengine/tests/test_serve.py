"""The listening socket and the server's settings."""

import socket
import sys

import pytest

from fxengine.serve import adopt, listen, server


def accepted(listener: socket.socket) -> socket.socket:
    with socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
    return connection


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer of these options")
@pytest.mark.parametrize(
    ("name", "setting"),
    {
        "TCP_KEEPIDLE": 10,
        "TCP_KEEPINTVL": 5,
        "TCP_KEEPCNT": 2,
        "TCP_USER_TIMEOUT": 10_000,
        "TCP_NOTSENT_LOWAT": 65_536,
    }.items(),
)
def test_an_accepted_connection_inherits_every_option(name: str, setting: int) -> None:
    with listen("127.0.0.1", 0) as listener, accepted(listener) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == setting
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_a_socket_taken_over_is_hardened_too() -> None:
    plain = socket.create_server(("127.0.0.1", 0))
    with adopt(plain.detach()) as listener, accepted(listener) as connection:
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_it_listens_on_an_ipv6_address() -> None:
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


def test_a_taken_port_is_an_error() -> None:
    with listen("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", listener.getsockname()[1])


def test_one_stack_serves_everything_and_stops_in_bounded_time() -> None:
    config = server("fxengine.asgi:application").config
    assert (config.loop, config.http, config.ws) == ("uvloop", "httptools", "websockets-sansio")
    assert (config.ws_max_size, config.ws_ping_interval, config.ws_ping_timeout) == (65536, 10, 10)
    assert not config.ws_per_message_deflate
    assert not config.access_log
    assert config.timeout_graceful_shutdown == 3
