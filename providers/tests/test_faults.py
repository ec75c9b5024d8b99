"""Every way in which a vendor fails on the wire: its category, its bounds, and what it does to others."""

import socket
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from providers import breaker
from providers import fetch as fetching
from providers.adapters.base import Ask
from providers.fetch import fetch, fetch_ticks
from providers.fetched import Fetched
from providers.models import Outcome, Provider
from providers.tests.builders import NOW, source
from providers.tests.servers import (
    OK,
    Reply,
    Scripted,
    Wire,
    certified,
    dripping,
    gzip_bomb,
    hanging,
    pouring,
    saying,
)

pytestmark = pytest.mark.django_db
ASK = Ask(frozenset({"EUR", "USD"}), today=NOW.date())
KEY = "key-of-a-scripted-vendor"
FIXER_OK = b'{"success":true,"timestamp":1795183686,"base":"EUR","rates":{"USD":1.084361}}'
QUOTA = b'{"success":false,"error":{"code":104,"type":"usage_limit_reached"}}'
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
XML_BOMB = b'<!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b"]><x>&l9;</x>"
DEADLINE_S, SLACK_S = 0.6, 1.0
MEMORY_LIMIT_BYTES = 24 * 1024 * 1024


def status(line: str, *headers: str) -> bytes:
    return "".join(f"{text}\r\n" for text in (f"HTTP/1.1 {line}", *headers)).encode()


@dataclass
class Fault:
    name: str
    script: Callable[[socket.socket], None]
    category: str
    detail: str
    tries: int = 1
    key: str = "fixer"
    wait_s: int | None = None


FAULTS = [
    Fault("hang", hanging, "unavailable", "TimeoutError"),
    Fault("slow drip, head", dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), "unavailable", "TimeoutError"),
    Fault(
        "slow drip, body",
        dripping(OK + b"Content-Length: 999999\r\n\r\n", b" "),
        "unavailable",
        "TimeoutError",
    ),
    Fault("500", saying(status("500 Oops")), "unavailable", "HTTP 500 not JSON", 2),
    Fault(
        "503, Retry-After",
        saying(status("503 Later", "Retry-After: 7")),
        "unavailable",
        "HTTP 503 not JSON",
        wait_s=7,
    ),
    Fault(
        "429, Retry-After",
        saying(status("429 Slow", "Retry-After: 30")),
        "quota",
        "HTTP 429 not JSON",
        wait_s=30,
    ),
    Fault(
        "429, Retry-After of a year",
        saying(status("429 Slow", "Retry-After: 9999999")),
        "quota",
        "HTTP 429 not JSON",
        wait_s=3600,
    ),
    Fault("401", saying(status("401 No")), "auth", "HTTP 401 not JSON"),
    Fault("quota in a 200", saying(OK, QUOTA), "quota", "HTTP 200 104 usage_limit_reached"),
    Fault("garbage", saying(OK, b"\x00\xff\x17 what"), "bad_body", "HTTP 200 not JSON"),
    Fault(
        "not HTTP at all", lambda line: line.sendall(b"SSH-2.0-x\r\n"), "unavailable", "RemoteProtocolError"
    ),
    Fault("HTML", saying(OK, b"\r\n<!DOCTYPE html><p>busy"), "bad_body", "HTTP 200 a page of HTML"),
    Fault("truncated JSON", saying(OK, FIXER_OK[:40]), "bad_body", "HTTP 200 not JSON"),
    Fault("nothing", saying(OK), "bad_body", "HTTP 200 an empty body"),
    Fault("100 MB", pouring(100), "bad_body", "larger than 5 MiB"),
    Fault(
        "gzip bomb, 4 GiB",
        saying(OK + b"Content-Encoding: gzip\r\n", gzip_bomb(4096)),
        "bad_body",
        "larger than 5 MiB",
    ),
    Fault("XML bomb", saying(OK, XML_BOMB), "bad_body", "HTTP 200 not XML", key="ecb"),
    Fault("200 000 brackets", saying(OK, b"[" * 200_000), "bad_body", "HTTP 200 not JSON"),
    Fault(
        "redirect to 127.0.0.1:9",
        saying(status("302 Go", "Location: http://127.0.0.1:9/")),
        "unavailable",
        "HTTP 302: redirected to another host",
    ),
    Fault(
        "redirect to another host",
        saying(status("301 Go", "Location: https://vendor.example/latest")),
        "unavailable",
        "HTTP 301: redirected to another host",
    ),
    Fault(
        "redirect in a circle",
        saying(status("307 Go", "Location: /latest")),
        "unavailable",
        "redirected too often",
        3,
    ),
    Fault(
        "304 unasked", saying(status("304 Same")), "unavailable", "HTTP 304 neither an answer nor a redirect"
    ),
]


@pytest.fixture
def healthy(vendor: Scripted) -> Provider:
    """Store a source that answers at once."""
    vendor.script = lambda _: Reply(200, FIXER_OK)
    return source("apilayer_fixer", api_key=KEY, base_url=vendor.url)


def hold(
    fault: Fault, provider: Provider, bystander: Provider, capsys: pytest.CaptureFixture[str]
) -> Fetched:
    """Ask a failing source and a healthy one at once; compare, and print the figures."""
    with ThreadPoolExecutor(1) as pool:
        tracemalloc.start()
        try:
            asked = pool.submit(fetch, provider, ASK, NOW)
            other = fetch(bystander, ASK, NOW)
            fetched, peak = asked.result(), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    with capsys.disabled():
        took, beside = fetched.latency.total_seconds(), other.latency.total_seconds()
        print(
            f"\n{fault.name:26} {fetched.outcome:12} {took:5.2f} s {peak >> 10:6} KiB;"
            f" beside it {other.outcome} in {beside:.2f} s",
            end="",
        )
    assert (fetched.outcome, fetched.detail, fetched.ticks) == (fault.category, fault.detail, [])
    assert took < fetching.TOTAL_SECONDS + SLACK_S
    assert peak < MEMORY_LIMIT_BYTES
    assert (other.outcome, len(other.ticks)) == (Outcome.OK, 1)
    assert beside < SLACK_S
    return fetched


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_its_category_and_its_bounds_and_touches_no_other_source(
    fault: Fault, healthy: Provider, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault.detail == "TimeoutError":
        monkeypatch.setattr(fetching, "TOTAL_SECONDS", DEADLINE_S)
    with Wire(fault.script) as wire:
        fetched = hold(fault, source(fault.key, api_key=KEY, base_url=wire.url), healthy, capsys)
        assert len(wire.heads) == fault.tries
    wait = None if fault.wait_s is None else timedelta(seconds=fault.wait_s)
    assert fetched.retry_after == wait


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_opens_the_breaker_at_once_or_when_it_repeats(
    fault: Fault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.2 if fault.detail == "TimeoutError" else DEADLINE_S * 5)
    monkeypatch.setattr(fetching, "RETRY_WITHIN_SECONDS", 0)
    breaker.close(fault.key)
    with Wire(fault.script) as wire:
        provider, polls = source(fault.key, api_key=KEY, base_url=wire.url), 0
        while breaker.standings([fault.key])[fault.key].state == breaker.State.CLOSED and polls < 9:
            fetch_ticks(provider, NOW, ASK.currencies)
            polls += 1
        heard = len(wire.heads)
        assert fetch_ticks(provider, NOW, ASK.currencies) == []
        assert len(wire.heads) == heard
    breaker.close(fault.key)
    with capsys.disabled():
        print(f"\n{fault.name:26} opens the breaker after {polls}", end="")
    at_once = fault.category in ("auth", "quota") or fault.wait_s is not None
    assert polls == (1 if at_once else breaker.FAILURES)


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    healthy: Provider, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fault = Fault("wrong certificate", hanging, "unavailable", "the certificate is not trusted")
    with Wire(fault.script, certified(tmp_path, "localhost")) as wire:
        fetched = hold(fault, source(api_key=KEY, base_url=wire.url), healthy, capsys)
        assert (wire.heads, fetched.requests) == ([], 1)


def test_nobody_reached_is_asked_once_more(healthy: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = source(api_key=KEY, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        fault = Fault("nobody listens", hanging, "unavailable", "ConnectError")
        assert hold(fault, nobody, healthy, capsys).requests == 2


def test_a_second_try_may_succeed(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(500) if len(vendor.heard) == 1 else Reply(200, FIXER_OK)
    fetched = fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW)
    assert (fetched.outcome, len(fetched.ticks), fetched.requests) == (Outcome.OK, 1, 2)


@pytest.mark.parametrize(("code", "category"), [(101, "auth"), (105, "plan"), (104, "quota")])
def test_a_refusal_is_not_asked_again_whatever_its_status(vendor: Scripted, code: int, category: str) -> None:
    vendor.script = lambda _: Reply(500, b'{"success":false,"error":{"code":%d}}' % code)
    assert fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW).outcome == category
    assert len(vendor.heard) == 1
