"""What a vendor may do on the wire: send elsewhere, compress, flood, hang up, and put words into our rows."""

import gzip
import zlib
from dataclasses import replace
from datetime import date, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from django.utils import timezone

from providers import transport
from providers.adapters import adapter
from providers.adapters.base import Adapter, Ask, ProviderError
from providers.fetch import fetch, fetch_ticks
from providers.models import Outcome
from providers.tests.builders import NOW, only_poll, source
from providers.tests.servers import Reply, Scripted, Wire, hanging, saying

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
ASK = Ask(frozenset(CURRENCIES), today=NOW.date())
KEY = "key-of-a-scripted-vendor"
FIXER_OK = b'{"success":true,"timestamp":1795183686,"base":"EUR","rates":{"USD":1.084361}}'


def test_who_hangs_up_is_unavailable(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, FIXER_OK[:10], {"Content-Length": "500"})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("unavailable", "RemoteProtocolError")


REDIRECTS = [301, 302, 303, 307, 308]


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_within_the_host_is_followed_with_its_key(vendor: Scripted, status: int) -> None:
    vendor.script = lambda heard: (
        Reply(200, FIXER_OK)
        if "/new" in heard.path
        else Reply(status, headers={"Location": "/new?access_key=k"})
    )
    assert fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW).outcome == Outcome.OK
    assert [heard.path.split("?")[0] for heard in vendor.heard] == ["/latest", "/new"]


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/", "http://127.0.0.1:9/", "https://127.0.0.1:{port}/", "//vendor.example/"],
)
def test_a_redirect_elsewhere_is_not_followed(vendor: Scripted, status: int, target: str) -> None:
    target = target.format(port=vendor.url.rsplit(":", 1)[1].strip("/"))
    vendor.script = lambda _: Reply(status, headers={"Location": target})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == (
        "unavailable",
        f"HTTP {status}: redirected to another host",
    )
    assert len(vendor.heard) == 1


@pytest.mark.parametrize(
    ("here", "there", "follows"),
    [
        ("http://vendor.example/a", "https://vendor.example/b", True),
        ("https://vendor.example/a", "https://VENDOR.example:443/b", True),
        ("https://vendor.example/a", "http://vendor.example/b", False),
        ("http://vendor.example:8080/a", "https://vendor.example/b", False),
        ("http://vendor.example/a", "https://vendor.example:8443/b", False),
        ("https://vendor.example/a", "https://api.vendor.example/b", False),
        ("https://vendor.example/a", "https://vendor.example@evil.example/b", False),
        ("https://vendor.example/a", "https://user@vendor.example/b", False),
    ],
)
def test_a_redirect_may_only_make_a_connection_safer(here: str, there: str, follows: bool) -> None:
    heard = httpx.Response(302, request=httpx.Request("GET", here))
    target = httpx.Request("GET", there)
    if follows:
        assert transport._followed(heard, target) is target
        return
    with pytest.raises(ProviderError):
        transport._followed(heard, target)


def test_a_handshake_that_hangs_is_a_connection_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.1)
    with Wire(hanging) as wire:
        provider = source(api_key=KEY, base_url=f"https://127.0.0.1:{wire.port}/")
        fetched = fetch(provider, ASK, NOW)
    assert (fetched.outcome, fetched.detail, fetched.requests) == ("unavailable", "ConnectTimeout", 2)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("key", "outcome", "detail"), [("ecb", "ok", ""), ("fixer", "bad_body", "larger than 5 MiB")]
)
def test_a_source_with_files_of_history_may_send_more_and_no_other(
    vendor: Scripted, key: str, outcome: str, detail: str
) -> None:
    line = b"2026-11-19,1.0843,\n"
    body = b"Date,USD,\n" + line + b"2026-11-18,N/A,\n" * 400_000
    assert Adapter.body_limit < len(body) < adapter("ecb").body_limit
    vendor.script = lambda _: Reply(200, body)
    fetched = fetch(source(key, api_key=KEY, base_url=vendor.url), ASK, NOW)
    assert (fetched.outcome, fetched.detail, len(fetched.ticks)) == (outcome, detail, int(outcome == "ok"))


def test_redirects_end_after_two(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(302, headers={"Location": "/again"})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("unavailable", "redirected too often")
    assert len(vendor.heard) == 3


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(FIXER_OK)),
        ("X-GZip", gzip.compress(FIXER_OK[:20]) + gzip.compress(FIXER_OK[20:])),
        ("deflate", zlib.compress(FIXER_OK)),
        ("identity", FIXER_OK),
    ],
)
def test_a_body_that_is_packed_although_asked_not_to_is_read(
    vendor: Scripted, encoding: str, packed: bytes
) -> None:
    vendor.script = lambda _: Reply(200, packed, {"Content-Encoding": encoding})
    assert fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW).outcome == Outcome.OK
    assert vendor.heard[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("encoding", "packed", "detail"),
    [
        ("br", b"x", "compressed although asked not to"),
        ("gzip, gzip", gzip.compress(gzip.compress(FIXER_OK)), "compressed although asked not to"),
        ("gzip", b"not gzip", "its compression is broken"),
        ("gzip", gzip.compress(FIXER_OK)[:-9], "its compression ends too early"),
        ("gzip", gzip.compress(b" " * 6_000_000), "larger than 5 MiB"),
        ("gzip", gzip.compress(b" " * 3_000_000) * 2, "larger than 5 MiB"),
    ],
    ids=["brotli", "twice", "no gzip", "cut", "large", "large in two members"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(
    vendor: Scripted, encoding: str, packed: bytes, detail: str
) -> None:
    vendor.script = lambda _: Reply(200, packed, {"Content-Encoding": encoding})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("bad_body", detail)


@pytest.mark.parametrize(("spare", "outcome"), [(0, "ok"), (1, "bad_body")])
def test_a_body_may_have_five_mebibytes_and_not_a_byte_more(
    vendor: Scripted, spare: int, outcome: str
) -> None:
    body = FIXER_OK + b" " * (Adapter.body_limit + spare - len(FIXER_OK))
    vendor.script = lambda _: Reply(200, body)
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert only_poll().outcome == outcome


def test_a_day_without_content_has_no_rates() -> None:
    with Wire(saying(b"HTTP/1.1 204 No Content\r\n")) as vendor:
        provider = source("riksbank", base_url=vendor.url)
        newest, past = (fetch(provider, replace(ASK, on=on), NOW) for on in (None, date(2026, 11, 14)))
    assert (newest.outcome, newest.detail) == ("bad_body", "no rates")
    assert (past.outcome, past.ticks) == ("ok", [])


def test_a_vendor_without_a_clock_says_when_by_ours() -> None:
    until = format_datetime(timezone.now() + timedelta(minutes=30), usegmt=True)
    head = f"HTTP/1.1 429 Too Many\r\nRetry-After: {until}\r\n"
    with Wire(saying(head.encode())) as vendor:
        fetched = fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW)
    assert fetched.outcome == Outcome.QUOTA
    assert fetched.retry_after is not None
    assert timedelta(minutes=29) < fetched.retry_after <= timedelta(minutes=30)


@pytest.mark.parametrize("ending", ["api", "api/", "api//"])
def test_an_address_keeps_its_last_part_with_and_without_a_slash(vendor: Scripted, ending: str) -> None:
    vendor.script = lambda _: Reply(200, FIXER_OK)
    assert fetch(source(api_key=KEY, base_url=vendor.url + ending), ASK, NOW).outcome == Outcome.OK
    assert vendor.heard[0].path.startswith("/api/latest?")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("fixer", f"/latest?access_key={KEY}"),
        ("openexchangerates", f"Authorization: Token {KEY}"),
        ("freecurrencyapi", f"apikey: {KEY}"),
    ],
)
def test_a_key_travels_where_the_vendor_wants_it_and_nowhere_else(
    vendor: Scripted, key: str, line: str
) -> None:
    fetch(source(key, api_key=KEY, base_url=vendor.url), ASK, NOW)
    (heard,) = vendor.heard
    said = [heard.path, *(f"{name}: {text}" for name, text in heard.headers.items())]
    assert [said_line for said_line in said if KEY in said_line] == [line]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"success":false,"error":{"code":1,"type":"a\\u0000b\\ud800\\nc"}}', "HTTP 200 1 a b  c"),
        (b'{"success":false,"error":{"code":1,"type":"%s"}}' % (b"x" * 500), f"HTTP 200 1 {'x' * 189}"),
    ],
    ids=["what a row cannot hold", "too long"],
)
def test_a_vendors_words_fit_into_a_row(vendor: Scripted, body: bytes, detail: str) -> None:
    vendor.script = lambda _: Reply(200, body)
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("unsupported", detail)


def test_an_adapter_that_fails_says_where_and_not_what(
    vendor: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    provider = source(api_key=KEY, base_url=vendor.url)

    def stumble(*_: Any) -> None:
        raise KeyError("something secret")

    monkeypatch.setattr(type(provider.adapter), "parse", stumble)
    vendor.script = lambda _: Reply(200, FIXER_OK)
    fetch_ticks(provider, NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("bad_body", "the adapter failed: KeyError")
    line, outcome = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert (outcome["event"], outcome["category"]) == ("poll_failed", "bad_body")
    assert (line["event"], line["provider"], line["error"]) == ("adapter_failed", "fixer", "KeyError")
    assert line["where"].startswith("test_transport.py:")
    assert "something secret" not in caplog.text
