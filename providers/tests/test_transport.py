"""What a vendor may do on the wire: send elsewhere, compress, flood, hang up, and put words into our rows."""

import gzip
from typing import Any

import pytest

from providers import fetch as fetching
from providers.adapters.base import Ask
from providers.fetch import fetch, fetch_ticks
from providers.models import Outcome
from providers.tests.builders import NOW, only_poll, source
from providers.tests.servers import Reply, Scripted

pytestmark = pytest.mark.django_db
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
ASK = Ask(frozenset(CURRENCIES))
KEY = "key-of-a-scripted-vendor"
FIXER_OK = b'{"success":true,"timestamp":1795183686,"base":"EUR","rates":{"USD":1.084361}}'


def test_who_hangs_up_is_unavailable(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, FIXER_OK[:10], {"Content-Length": "500"})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("unavailable", "RemoteProtocolError")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(vendor: Scripted, status: int) -> None:
    vendor.script = lambda _: Reply(status, headers={"Location": f"{vendor.url}elsewhere"})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == (
        "unavailable",
        f"HTTP {status}: redirects are not followed",
    )
    assert len(vendor.heard) == 1


def test_a_compressed_body_is_asked_not_to_be_and_refused(vendor: Scripted) -> None:
    vendor.script = lambda _: Reply(200, gzip.compress(FIXER_OK), {"Content-Encoding": "gzip"})
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert (only_poll().outcome, only_poll().detail) == ("bad_body", "compressed although asked not to")
    assert vendor.heard[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("spare", "outcome"), [(0, "ok"), (1, "bad_body")])
def test_a_body_may_have_five_mebibytes_and_not_a_byte_more(
    vendor: Scripted, spare: int, outcome: str
) -> None:
    body = FIXER_OK + b" " * (fetching.BODY_LIMIT_BYTES + spare - len(FIXER_OK))
    vendor.script = lambda _: Reply(200, body)
    fetch_ticks(source(api_key=KEY, base_url=vendor.url), NOW, CURRENCIES)
    assert only_poll().outcome == outcome


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
