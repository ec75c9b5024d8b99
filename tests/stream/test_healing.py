"""The stream through restarts: of Valkey, of PostgreSQL, of the server itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from devstack.engines import Valkey
from streaming.broadcast import Publisher, run_message
from tests.stream.relay import Relay
from tests.stream.runs import Recorded, commit
from tests.stream.web import Client, Web

ALL = ("EUR/USD", "EUR/GBP", "GBP/USD", "AUD/USD", "USD/JPY")


class Layer:
    """Publish to a Valkey of the test's own, which may be down."""

    def __init__(self, valkey: Valkey) -> None:
        """Speak to it as the product would."""
        config: dict[str, Any] = settings.CHANNEL_LAYERS["default"]["CONFIG"]
        (host,) = config["hosts"]
        self._publisher = Publisher(config | {"hosts": [host | {"address": valkey.url}]})

    def publish(self, run: Recorded) -> None:
        """Tell whoever listens of a run."""
        self._publisher.send(run_message(run.stream, run.seq, run.prices, run.at))


@pytest.fixture
def layer(own_valkey: Valkey) -> Layer:
    return Layer(own_valkey)


@pytest.fixture
def web(
    transactional_db: None, own_valkey: Valkey, layer: Layer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """Run a web process on the test's own Valkey."""
    with Web(tmp_path_factory.mktemp("web"), REDIS_URL=own_valkey.url) as server:
        yield server


def until_told(clients: list[Client], symbol: str, mid: str, patience: float) -> float:
    """Wait until every client has a price and return the seconds that took."""
    started = time.monotonic()
    for client in clients:
        client.until_price(symbol, mid, patience=max(0.0, started + patience - time.monotonic()))
    return time.monotonic() - started


def wait_for_line(web: Web, event: str, times: int = 1) -> None:
    """Wait until the server has logged something so many times."""
    deadline = time.monotonic() + 6
    while web.log.read_text().count(event) < times:
        assert time.monotonic() < deadline, f"no {event} in:\n{web.log.read_text()}"
        time.sleep(0.01)


@pytest.mark.parametrize("down_s", [0, 1])
def test_every_client_has_the_truth_within_two_seconds_of_valkeys_return(
    web: Web, layer: Layer, own_valkey: Valkey, down_s: float
) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(web.connect("?pairs=EUR/USD,AUD/USD")) for _ in range(5)]
        for client in clients:
            client.until_type("snapshot")
        layer.publish(commit({"EUR/USD": "1.31", "AUD/USD": "0.81"}))
        until_told(clients, "EUR/USD", "1.31", patience=5)
        own_valkey.kill()
        layer.publish(commit({"EUR/USD": "1.32"}))
        time.sleep(down_s)  # the length of the outage is what this test is about
        own_valkey.start()
        until_told(clients, "EUR/USD", "1.32", patience=2)
        deadline = time.monotonic() + 2
        layer.publish(commit({"AUD/USD": "0.82"}))
        until_told(clients, "AUD/USD", "0.82", patience=deadline - time.monotonic())
        assert all(frame["type"] != "welcome" for client in clients for frame in client.seen[1:])


@pytest.mark.faults
@pytest.mark.parametrize("asked", [b"", b"SUBSCRIBE"], ids=["every path", "the subscription alone"])
def test_a_path_to_valkey_that_dies_silently_is_replaced(
    transactional_db: None,
    own_valkey: Valkey,
    layer: Layer,
    tmp_path_factory: pytest.TempPathFactory,
    asked: bytes,
) -> None:
    with (
        Relay(own_valkey.url) as relay,
        Web(tmp_path_factory.mktemp("web"), REDIS_URL=relay.url) as web,
        web.connect("?pairs=EUR/USD") as client,
    ):
        client.until_type("snapshot")
        wait_for_line(web, "stream_link_up")
        layer.publish(commit({"EUR/USD": "1.41"}))
        assert client.until_price("EUR/USD", "1.41", patience=2)["type"] == "rates"
        assert relay.lose(asked) > 0
        wait_for_line(web, "stream_link_lost")
        wait_for_line(web, "stream_link_up", times=2)
        layer.publish(commit({"EUR/USD": "1.42"}))
        assert client.until_price("EUR/USD", "1.42", patience=2)["type"] == "rates"


@pytest.mark.faults
def test_control_without_beats_a_path_that_died_silently_is_never_missed(
    transactional_db: None, own_valkey: Valkey, layer: Layer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    beatless = "from streaming import link; link.BEAT_S = 3600"
    with (
        Relay(own_valkey.url) as relay,
        Web(tmp_path_factory.mktemp("web"), beatless, REDIS_URL=relay.url) as web,
        web.connect("?pairs=EUR/USD") as client,
    ):
        client.until_type("snapshot")
        wait_for_line(web, "stream_link_up")
        relay.lose(b"SUBSCRIBE")
        with pytest.raises(AssertionError, match="no stream_link_lost"):
            wait_for_line(web, "stream_link_lost")


def test_the_stream_starts_without_valkey_and_joins_when_it_comes(
    transactional_db: None, own_valkey: Valkey, layer: Layer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own_valkey.kill()
    with (
        Web(tmp_path_factory.mktemp("web"), REDIS_URL=own_valkey.url) as web,
        web.connect("?pairs=EUR/USD") as client,
    ):
        client.until_type("snapshot")
        own_valkey.start()
        wait_for_line(web, "stream_link_up")
        layer.publish(commit({"EUR/USD": "1.33"}))
        frame = client.until_price("EUR/USD", "1.33", patience=2)
        assert frame["type"] == "rates"


@pytest.mark.faults
def test_a_stop_says_1012_and_waits_for_nobody_who_does_not_read(web: Web, layer: Layer) -> None:
    with web.connect("?pairs=EUR/USD") as client, web.socket(SO_RCVBUF=4096):
        client.until_type("snapshot")
        for number in range(200):
            layer.publish(commit(dict.fromkeys(ALL, "2.5") | {"EUR/USD": f"1.{4000 + number}"}))
        client.until_price("EUR/USD", "1.4199")
        started = time.monotonic()
        web.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as ending:
            client.until(lambda _: False)
        assert ending.value.rcvd is not None
        assert ending.value.rcvd.code == 1012
        web.process.wait(10)
        assert time.monotonic() - started < 6
