"""The process that streams: a vendor's ticks become prices, its silence a new connection, SIGTERM the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from demo.tests.running import eventually
from fxengine import pulse, tasks
from fxengine.listener import BLOCKED_PAUSE, LONGEST_PAUSE, pause
from fxengine.management.commands.stream_source import Desk
from fxengine.seeds import seed
from fxengine.tests.exchange import GARBAGE, Exchange, Massive, status
from providers.adapters import adapter
from providers.adapters.base import Category
from providers.models import Poll, Provider, TickLog
from providers.traffic import hold, reset
from rates.current import tracked_price
from rates.models import Rate

COMMITTING = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
MANAGE = "import sys; from django.core.management import execute_from_command_line as run; run(sys.argv)"


def database_url() -> str:
    held = connection.settings_dict
    user = ":".join(filter(None, [held["USER"], held["PASSWORD"]]))
    return f"postgresql://{user}@{held['HOST']}:{held['PORT']}/{held['NAME']}"


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with Exchange() as running:
        yield running


@contextmanager
def streaming(key: str, exchange: Exchange, change: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Run the process on a house in which this source alone is switched on; `change` is run in it first."""
    seed()
    cache.delete(f"pulse:stream:{key}")
    Provider.objects.update(enabled=False)
    Provider.objects.filter(key=key).update(enabled=True, interval_seconds=60)
    command = [sys.executable, "-c", f"{change}{MANAGE}", "stream_source", key, "--url", exchange.url]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()})
    try:
        eventually(lambda: bool(exchange.heard), 20)
        yield process
    finally:
        process.kill()
        process.wait(10)
        cache.delete(f"pulse:stream:{key}")


def quote(exchange: Exchange, symbol: str, bid: float, ask: float) -> None:
    exchange.quote(symbol, bid, ask, timestamp=datetime.now(UTC).isoformat())


def mid(base: str, quote: str) -> str | None:
    price = tracked_price(base, quote)
    return None if price is None else f"{price.mid.normalize():f}"


def outcomes() -> list[str]:
    return list(Poll.objects.order_by("started_at").values_list("outcome", flat=True))


# A second of silence instead of Kraken's five, which only the second run waits for.
IMPATIENT = """
import datetime
from providers.adapters._kraken import Socket
Socket.silence = datetime.timedelta(seconds=1)
"""


@COMMITTING
@pytest.mark.parametrize(
    ("change", "silence_s"), [(IMPATIENT, 1), pytest.param("", 5, marks=pytest.mark.faults)]
)
def test_a_stream_becomes_prices_outlives_silence_and_ends_on_sigterm(
    exchange: Exchange, capsys: pytest.CaptureFixture[str], change: str, silence_s: int
) -> None:
    with streaming("kraken", exchange, change) as process:
        first, again, ending = hear_kraken_out(exchange, process)
    assert silence_s - 0.2 < again < silence_s + 2.5
    with capsys.disabled():
        print(
            f"\nfrom frame to price {first * 1000:.0f} ms; from silence to a new connection {again:.1f} s; "
            f"from SIGTERM to the end {ending:.2f} s"
        )


def hear_kraken_out(exchange: Exchange, process: subprocess.Popen[bytes]) -> tuple[float, float, float]:
    """Have it speak, babble, fall silent and speak again; time the first price, the healing and the end."""
    (asked,) = exchange.heard
    symbols = {"AUD/USD", "EUR/USD", "GBP/USD", "USD/CAD", "USD/CHF", "USD/JPY"}
    assert set(asked["params"].pop("symbol")) == symbols
    assert asked["params"] == {"channel": "ticker", "event_trigger": "bbo", "snapshot": True}

    began = time.monotonic()
    quote(exchange, "EUR/USD", 1.08, 1.1)
    eventually(lambda: mid("EUR", "USD") == "1.09")
    first = time.monotonic() - began
    quote(exchange, "USD/JPY", 149, 151)
    eventually(lambda: mid("EUR", "JPY") == "163.5")
    eventually(lambda: pulse.speaks("kraken"))

    for frame in GARBAGE:
        exchange.say(frame)
    quote(exchange, "EUR/USD", 1.18, 1.2)
    eventually(lambda: mid("EUR", "USD") == "1.19")
    assert len(exchange.connections) == 1

    exchange.beats = False
    silent = time.monotonic()
    eventually(lambda: len(exchange.heard) == 2, 15)
    again = time.monotonic() - silent
    exchange.beats = True
    quote(exchange, "EUR/USD", 1.28, 1.3)
    eventually(lambda: mid("EUR", "USD") == "1.29")
    eventually(lambda: outcomes() == ["ok", "unavailable", "ok"])
    assert TickLog.objects.count() == 4
    assert Rate.objects.values("seq").distinct().count() == 4

    process.send_signal(signal.SIGTERM)
    ending = time.monotonic()
    assert process.wait(10) == 0
    return first, again, time.monotonic() - ending


@COMMITTING
def test_a_source_is_polled_when_its_stream_says_nothing() -> None:
    seed()
    Provider.objects.filter(key="kraken").update(enabled=True, base_url="http://127.0.0.1:9/")
    pulse.speak("kraken", 60)
    tasks.poll("kraken")
    assert not Poll.objects.exists()
    cache.delete("pulse:stream:kraken")
    eventually(lambda: tasks.poll("kraken") or Poll.objects.filter(provider__key="kraken").exists(), 20)


@COMMITTING
def test_quotes_of_massive_become_prices_once_the_key_was_accepted() -> None:
    with Massive("a-key-of-massive") as massive:
        provider = Provider(key="polygon", name="Massive")
        provider.set_key("a-key-of-massive")
        provider.save()
        with streaming("polygon", massive):
            eventually(lambda: len(massive.heard) == 2)
            assert massive.heard[0] == {"action": "auth", "params": "a-key-of-massive"}
            assert massive.heard[1]["params"].startswith("C.AUD/USD,C.USD/CAD,")
            massive.quotes(("EUR/USD", 1.08, 1.1), ("USD/JPY", 149, 151), at=round(time.time() * 1000))
            eventually(lambda: mid("EUR", "JPY") == "163.5")
            massive.say(status("max_connections", "Maximum number of websocket connections exceeded."))
            eventually(lambda: outcomes() == ["ok", "quota"])
    assert TickLog.objects.count() == 2


@COMMITTING
def test_there_is_nothing_to_hear_of_a_source_that_is_off_or_has_no_key() -> None:
    seed()
    assert Desk("kraken").line() is None
    Provider.objects.filter(key__in=["kraken", "polygon"]).update(enabled=True)
    line = Desk("kraken").line()
    assert line is not None
    assert line.url == "wss://ws.kraken.com/v2"
    assert Desk("polygon").line() is None


@COMMITTING
def test_there_is_nothing_to_hear_of_a_source_that_staff_hold() -> None:
    seed()
    Provider.objects.filter(key="kraken").update(enabled=True)
    provider = Provider.objects.get(key="kraken")
    hold(provider, timezone.now(), "ann")
    assert Desk("kraken").line() is None
    reset(provider, timezone.now(), "bob")
    assert Desk("kraken").line() is not None


@COMMITTING
def test_the_key_of_a_source_is_in_its_greeting_alone() -> None:
    seed()
    provider = Provider.objects.get(key="polygon")
    provider.enabled = True
    provider.set_key('a "planted" key')
    provider.save()
    line = Desk("polygon", "ws://127.0.0.1:1/").line()
    assert line is not None
    assert line.greetings[0] == '{"action": "auth", "params": "a \\"planted\\" key"}'
    assert line.greetings[1].startswith('{"action": "subscribe", "params": "C.AUD/USD,C.USD/CAD,')
    assert "planted" not in repr(line)


@pytest.mark.django_db
def test_a_demo_takes_no_real_prices() -> None:
    with pytest.raises(CommandError, match="simulated"):
        call_command("stream_source", "kraken")


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["ecb"], ["nobody"], ["kraken", "--url", "ws://127.0.0.1:1/"]])
def test_it_says_what_it_cannot_listen_to(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("stream_source", *arguments)


@pytest.mark.parametrize("key", ["kraken", "polygon"])
def test_a_source_that_streams_says_so_and_where(key: str) -> None:
    assert adapter(key).streaming
    assert adapter(key).stream_url.startswith("wss://")


def test_pauses_grow_to_a_limit_and_are_spread() -> None:
    drawn = [[pause(failures) for _ in range(200)] for failures in range(12)]
    assert max(drawn[0]) <= 0.5
    assert all(0.1 <= each <= LONGEST_PAUSE for row in drawn for each in row)
    assert max(drawn[11]) > LONGEST_PAUSE / 2 > min(drawn[11])
    assert pause(0, Category.AUTH) == BLOCKED_PAUSE
