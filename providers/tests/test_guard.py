"""No request leaves for our own network, however its address is written and whatever a resolver says."""

import asyncio
import re
import socket
import ssl
from pathlib import Path
from typing import Any

import httpcore
import pytest
from pytest_django import Settings

from providers import guard, transport
from providers.adapters.base import Ask
from providers.fetch import fetch
from providers.guard import Guarded, Refused, check_address, is_public
from providers.tests.builders import NOW, source
from providers.tests.servers import OK, Reply, Scripted, Wire, certified, saying

ASK = Ask(frozenset({"EUR", "USD"}), today=NOW.date())
KEY = "key-of-a-scripted-vendor"
FIXER_OK = b'{"success":true,"timestamp":1795183686,"base":"EUR","rates":{"USD":1.084361}}'


def words(text: str) -> list[str]:
    return text.split()


PRIVATE_V4 = words(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
    127.1.2.3 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
    192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    """
)
PRIVATE_V6 = words(
    """
    :: ::1 ::2 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
    ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::8.8.8.8 64:ff9b:1::1
    100::1 2001::1 2001:0:53aa:64c::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
    2002:a9fe:a9fe::1 2002:808:808::1 2620:4f:8000::1 3ffe::1 3fff::1 4000::1 5f00::1 fc00::1 fd00::1
    fd00:ec2::254 fe80::1 fe80::1%1 febf::1 fec0::1 ff02::1 ff05::2 ffff::1
    """
)
PUBLIC = words(
    """
    1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 172.32.0.1 192.0.1.1 2606:4700::1111 2a00:1450:4001::5e
    """
)
# Ways to write 127.0.0.1, 0.0.0.0, ::1 and a cloud's metadata that some part of a client understands.
DISGUISES = words(
    """
    http://127.1/ http://127.0.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/
    http://0177.0.0.1/ http://017700000001/ http://0/ http://0x0/ http://00.0.0.0/ http://localhost/
    http://LOCALHOST/ http://localhost:6379/ https://localhost/ http://[::1]/ http://[0:0:0:0:0:0:0:1]/
    http://[::]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[64:ff9b::7f00:1]/
    http://[fe80::1%251]/ http://127.0.0.1:9/ http://127.0.0.1:22/ http://2852039166/ http://0xa9fea9fe/
    http://0251.0376.0251.0376/ http://169.254.169.254/latest/meta-data/ http://[fd00:ec2::254]/
    http://10.1/ http://192.168.257/
    """
)
MALFORMED = words(
    """
    ftp://vendor.example/ file:///etc/passwd gopher://127.0.0.1/ //127.0.0.1/ 127.0.0.1 http://
    http:///x http://user@vendor.example/ http://user:pass@127.0.0.1/ http://vendor.example@127.0.0.1/
    http://@vendor.example/ http://[::1 http://vendor.example:99999/ http://vendor.example:x/
    http://vendor.example:0/ javascript:alert(1)
    """
)


@pytest.fixture(autouse=True)
def _guarded(settings: Settings) -> None:
    settings.FX_ALLOW_PRIVATE_SOURCES = False


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answer for every name, each time with the next list of addresses; give the list of names asked for.

    No name server of ours can be made to change its mind, so the call to it is replaced.
    """
    asked, left = [], list(answers)

    def resolver(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, found, strict=True)]

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolver)
    return asked


@pytest.mark.parametrize("address", PRIVATE_V4 + PRIVATE_V6)
def test_an_address_that_is_not_of_the_open_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", DISGUISES + MALFORMED)
def test_a_form_can_tell_early(url: str) -> None:
    with pytest.raises(Refused) as caught:
        check_address(url)
    assert caught.value.detail in (
        "the address is not public",
        "no address of the web",
        "a login in the address",
    )


def test_a_form_accepts_what_is_public_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["93.184.216.34"])
    check_address("https://vendor.example/v1")
    resolve_to(monkeypatch, [])
    check_address("https://vendor.example/v1")


def test_a_form_may_be_told_to_accept_private_addresses(settings: Settings) -> None:
    settings.FX_ALLOW_PRIVATE_SOURCES = True
    check_address("http://127.0.0.1:8100/fixer")


@pytest.mark.django_db
def test_nothing_is_dialled_whatever_the_corpus_holds(vendor: Scripted) -> None:
    port = vendor.url.rsplit(":", 1)[1].strip("/")
    written = [re.sub(r"(//[^/]*?)(:\d+)?/", rf"\1:{port}/", url, count=1) for url in DISGUISES]
    addresses = [*PRIVATE_V4, *(f"[{address}]" for address in PRIVATE_V6)]
    corpus = [*written, *(f"http://{address}:{port}/" for address in addresses), *MALFORMED]
    assert len(corpus) >= 80
    vendor.script = lambda _: Reply(200, FIXER_OK)
    provider = source(api_key=KEY)
    for url in corpus:
        provider.base_url = url
        fetched = fetch(provider, ASK, NOW)
        assert fetched.outcome in ("unavailable", "bad_body"), url
    assert vendor.heard == []


@pytest.mark.django_db
def test_one_private_address_among_public_ones_is_enough(
    vendor: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    fetched = fetch(source(api_key=KEY, base_url="http://vendor.example/"), ASK, NOW)
    assert (fetched.outcome, fetched.detail) == ("unavailable", "the address is not public")
    assert fetched.requests == 1


class Dialled(httpcore.AsyncNetworkBackend):
    """Note where a connection is wanted, and make none."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        raise httpcore.ConnectError("nobody is really called")


@pytest.mark.parametrize(
    ("found", "dialled"),
    [
        (["93.184.216.34", "93.184.216.35"], ["93.184.216.34"]),
        (["2606:4700::1111", "2606:4700::1112", "1.1.1.1"], ["2606:4700::1111", "1.1.1.1"]),
    ],
)
def test_the_address_that_was_checked_is_the_one_that_is_dialled(
    monkeypatch: pytest.MonkeyPatch, found: list[str], dialled: list[str]
) -> None:
    # A resolver that changes its mind: public when asked first, our own from then on.
    asked = resolve_to(monkeypatch, found, ["127.0.0.1"])
    backend = Guarded()
    backend._inner = inner = Dialled()  # type: ignore[assignment]
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(backend.connect_tcp("vendor.example", 443, timeout=1))
    assert (inner.addresses, asked) == (dialled, ["vendor.example"])
    with pytest.raises(Refused):
        asyncio.run(backend.connect_tcp("vendor.example", 443, timeout=1))
    assert inner.addresses == dialled


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Make a server's certificate for vendor.example that the client trusts."""
    context = certified(tmp_path, "vendor.example")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    monkeypatch.setattr(transport, "_tls", lambda: trusting)
    return context


@pytest.mark.django_db
def test_tls_and_host_keep_the_name(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.FX_ALLOW_PRIVATE_SOURCES = True
    named: list[str] = []
    trusted.sni_callback = lambda _, name, __: named.append(name)
    resolve_to(monkeypatch, ["127.0.0.1"])
    with Wire(saying(OK, FIXER_OK), trusted) as wire:
        provider = source(api_key=KEY, base_url=f"https://vendor.example:{wire.port}/")
        assert fetch(provider, ASK, NOW).outcome == "ok"
        assert f"Host: vendor.example:{wire.port}\r\n".encode() in wire.heads[0]
        provider.base_url = f"https://other.example:{wire.port}/"
        assert fetch(provider, ASK, NOW).detail == "the certificate is not trusted"
    assert named == ["vendor.example", "other.example"]


@pytest.mark.django_db
def test_a_proxy_of_the_environment_is_not_asked(
    vendor: Scripted, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.FX_ALLOW_PRIVATE_SOURCES = True
    vendor.script = lambda _: Reply(200, FIXER_OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert fetch(source(api_key=KEY, base_url=vendor.url), ASK, NOW).outcome == "ok"
