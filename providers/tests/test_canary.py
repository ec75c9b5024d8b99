"""A planted key, and every place where it must not come out."""

import io
import json
import logging
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote, quote_plus

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from providers import fetch as fetching
from providers.adapters.base import Ask
from providers.breaker import close
from providers.fetch import fetch, fetch_ticks
from providers.fetched import Heard
from providers.models import Poll, Provider
from providers.tests.builders import NOW, source
from providers.tests.servers import KEYS, Market, Reply, Scripted
from providers.tests.servers import Heard as Asked

pytestmark = pytest.mark.django_db
# With characters that a URL writes in another way.
CANARY = "canary/7f3a+b9==51c0de"
LOGIN = b64encode(CANARY.encode()).decode()
WRITTEN = {CANARY, quote(CANARY), quote(CANARY, safe=""), quote_plus(CANARY), LOGIN}
# Beside the market's: a key in the path, a key in a login, one that is asked a pair at a time.
OTHERS = ("exchangerate_api_v6", "xe", "twelvedata")
FAULTS = ("none", "hang", "drip", "500", "huge", "garbage", "bomb", "html", "redirect", "none")
ASK = Ask(frozenset({"EUR", "USD"}), today=NOW.date())


def shows(text: str) -> set[str]:
    return {written for written in WRITTEN if written.lower() in text.lower()}


@pytest.fixture
def printed(
    log_lines: io.StringIO, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], str]]:
    """Read all that was logged, at every level, and printed."""
    caplog.set_level(logging.DEBUG)

    def read() -> str:
        logging.getLogger(__name__).warning("the log is read to its end")
        out, err = capfd.readouterr()
        assert all("read to its end" in heard for heard in (log_lines.getvalue(), caplog.text))
        return "\n".join([log_lines.getvalue(), caplog.text, out, err])

    return read


def echo(heard: Asked) -> Reply:
    """Answer as a vendor that repeats the key in its error, as it came and as it was written."""
    came = f"{heard.path} {heard.headers} {CANARY}".replace('"', "'")
    error = f'{{"error":true,"success":false,"status":401,"message":"{came}"}}'
    return Reply(401, error.encode())


def page(heard: Asked) -> Reply:
    """Answer with a page that shows what was asked."""
    return Reply(200, f"<html>{heard.path.lower()} {heard.headers}</html>".encode())


def astray(heard: Asked) -> Reply:
    """Send elsewhere, with all that was asked."""
    return Reply(302, headers={"Location": f"http://127.0.0.1:9{heard.path}", "X-Asked": f"{heard.headers}"})


def around(heard: Asked) -> Reply:
    """Send back here, with all that was asked."""
    return Reply(307, headers={"Location": heard.path})


def every_end(
    market: Market, vendor: Scripted, monkeypatch: pytest.MonkeyPatch, faults: Mapping[str, Sequence[str]]
) -> Iterator[Provider]:
    """Set up sources that all have the planted key, and let their requests end in many ways."""
    monkeypatch.setattr(fetching, "RETRY_WITHIN_SECONDS", 0)
    for key in [*KEYS, *OTHERS]:
        provider = source(key, api_key=CANARY)
        for fault in faults.get(key, ()):
            market.fault(key, fault)  # with "none" it is a wrong key
            with monkeypatch.context() as patched:
                if fault in ("hang", "drip"):
                    patched.setattr(fetching, "TOTAL_SECONDS", 0.2)
                yield provider
        for script in (echo, page, astray, around, lambda _: Reply(200, b"{}"), lambda _: Reply(200, b"[]")):
            vendor.script = script
            provider.base_url = vendor.url
            yield provider
        provider.base_url = "http://127.0.0.1:9/"
        yield provider  # nobody listens
        provider.base_url = "ftp://127.0.0.1/"
        yield provider  # not HTTP at all


# Each fault at one vendor, and every fault at each.
SOME = {key: FAULTS[number :: len(KEYS)] for number, key in enumerate(KEYS)}
ALL = dict.fromkeys(KEYS, FAULTS)


@pytest.mark.parametrize("faults", [SOME, pytest.param(ALL, marks=pytest.mark.faults)], ids=["some", "all"])
def test_no_end_of_a_request_shows_the_key(
    market: Market,
    vendor: Scripted,
    printed: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    faults: Mapping[str, Sequence[str]],
) -> None:
    outcomes = set()
    for provider in every_end(market, vendor, monkeypatch, faults):
        fetched = fetch(provider, ASK, NOW)
        outcomes.add(str(fetched.outcome))
        close(provider.key)
        fetch_ticks(provider, NOW, ASK.currencies)
        assert not shows(f"{fetched!r} {fetched} {provider!r} {provider.secret!r} {provider.secret}")
    assert outcomes == {"auth", "unavailable", "bad_body"}
    assert Poll.objects.filter(detail__contains="***").exists()
    assert not shows("\n".join(Poll.objects.values_list("detail", flat=True)))
    assert not shows(printed())


@pytest.mark.parametrize("key", [*KEYS, *OTHERS])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "http://[::1"])
def test_no_exception_carries_the_key(key: str, url: str) -> None:
    provider = source(key, api_key=CANARY, base_url=url)
    with pytest.raises(Exception) as caught:  # noqa: PT011, whatever it is
        fetching._ask(provider, provider.secret, ASK, Heard())
    told = "".join(traceback.format_exception(caught.value))
    assert not shows(f"{told} {caught.value!r} {caught.value}")


@pytest.mark.parametrize("key", ["apilayer_fixer", "twelvedata", "fred"])
def test_no_cut_through_a_vendors_words_leaves_half_a_key(vendor: Scripted, key: str) -> None:
    provider = source(key, api_key=CANARY, base_url=vendor.url)
    for before in range(80, 200, 4):
        said = f"{'x' * before}{CANARY}"
        vendor.script = lambda _, said=said: Reply(401, json.dumps({"message": said, "code": 401}).encode())
        assert CANARY[:6] not in fetch(provider, ASK, NOW).detail


def test_the_database_holds_the_key_in_no_table(market: Market, staff: Client) -> None:
    provider = source(api_key=CANARY)
    provider.name = "Another name"
    provider.save()
    staff.get(reverse("admin:providers_provider_test_one", args=[provider.pk]))
    fetch_ticks(provider, NOW, ASK.currencies)
    assert provider.secret.reveal() == CANARY
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        assert {"providers_provider", "providers_historicalprovider", "django_session"} <= set(tables)
        for table in tables:
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            assert not shows(" ".join(text for (text,) in cursor.fetchall())), table


def test_no_page_shows_the_key(market: Market, vendor: Scripted, staff: Client) -> None:
    vendor.script = echo
    provider = source(api_key=CANARY, base_url=vendor.url)
    fetch_ticks(provider, NOW, ASK.currencies)
    here = f"admin:providers_{provider._meta.model_name}_"
    version = provider.history.latest().pk
    pages = {
        "test": staff.get(reverse(f"{here}test_one", args=[provider.pk]), follow=True),
        "list": staff.get(reverse(f"{here}changelist")),
        "change": staff.get(reverse(f"{here}change", args=[provider.pk])),
        "history": staff.get(reverse(f"{here}history", args=[provider.pk])),
        "version": staff.get(reverse(f"{here}simple_history", args=[provider.pk, version])),
        "polls": staff.get(reverse("admin:providers_poll_changelist")),
        "api": staff.get(reverse("providers")),
        "one": staff.get(reverse("provider", args=["fixer"])),
    }
    for name, page in pages.items():
        assert page.status_code == 200, name
        assert not shows(page.content.decode()), name
    assert "***" in pages["test"].content.decode()
    assert pages["one"].json()["last_error"]["category"] == "auth"
