"""Where a key goes, and that it shows nowhere else."""

from base64 import b64encode

import pytest

from providers.adapters.base import Ask, Auth, Request
from providers.fetch import fetch
from providers.secrets import Secret, mask
from providers.signing import sign
from providers.tests.builders import NOW, source
from providers.tests.servers import Reply, Scripted

HOME = "https://vendor.example/v1/"
KEY = "account:k/e+y=="
LOGIN = b64encode(KEY.encode()).decode()
ASKED = Request("pair/{key}/latest", {"base": "EUR"}, {"Accept": "text/csv"})


@pytest.mark.parametrize(
    ("auth", "url", "parameters", "headers"),
    [
        (Auth(), "pair/{key}/latest", {}, {}),
        (Auth("query", "apikey"), "pair/{key}/latest", {"apikey": KEY}, {}),
        (Auth("header", "X-Key"), "pair/{key}/latest", {}, {"X-Key": KEY}),
        (
            Auth("header", "Authorization", "Bearer {key}"),
            "pair/{key}/latest",
            {},
            {"Authorization": f"Bearer {KEY}"},
        ),
        (
            Auth("header", "Authorization", "Basic {basic}"),
            "pair/{key}/latest",
            {},
            {"Authorization": f"Basic {LOGIN}"},
        ),
        (Auth("path"), "pair/account%3Ak%2Fe%2By%3D%3D/latest", {}, {}),
    ],
)
def test_a_key_goes_where_the_vendor_wants_it(
    auth: Auth, url: str, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    signed = sign(ASKED, auth, Secret(KEY), HOME)
    assert (signed.method, signed.url, signed.content) == ("GET", HOME + url, None)
    assert signed.parameters == {"base": "EUR"} | parameters
    assert signed.headers == {"Accept": "text/csv"} | headers
    assert not any(part in repr(signed) for part in (KEY, LOGIN, "account"))


def test_content_is_posted() -> None:
    signed = sign(Request("soap", content="<é/>"), Auth(), Secret(""), HOME)
    assert (signed.method, signed.content) == ("POST", "<é/>".encode())


@pytest.mark.parametrize("key", ["{basic}", "{key}", "{0.__class__}", "%s"])
def test_a_key_with_braces_is_only_a_key(key: str) -> None:
    assert sign(ASKED, Auth("header", "X", "Token {key}"), Secret(key), HOME).headers["X"] == f"Token {key}"


def test_a_login_is_masked_as_the_key_is() -> None:
    assert mask(f"no such login: Basic {LOGIN}", Secret(KEY)) == "no such login: Basic ***"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "seen"),
    [
        ("exchangerate_api_v6", "account%3Ak%2Fe%2By%3D%3D"),
        ("xe", f"Basic {LOGIN}"),
        ("mnb", "arfolyamok.asmx"),
    ],
)
def test_a_request_arrives_as_it_was_signed(vendor: Scripted, provider: str, seen: str) -> None:
    vendor.script = lambda heard: Reply(404, f"{heard.path} {heard.headers}".encode())
    ask = Ask(frozenset({"EUR", "USD"}), today=NOW.date())
    fetched = fetch(source(provider, api_key=KEY, base_url=vendor.url), ask, NOW)
    heard = vendor.heard[0]
    assert seen in f"{heard.path} {heard.headers}"
    assert (heard.method, bool(heard.content)) == (("POST", True) if provider == "mnb" else ("GET", False))
    assert not any(part in fetched.detail for part in (KEY, LOGIN, "account%3A"))


@pytest.mark.django_db
def test_a_request_says_who_asks(vendor: Scripted, settings: object) -> None:
    settings.FX_USER_AGENT = "fxengine/0.1 (self-hosted rate engine; ops@bank.example)"  # type: ignore[attr-defined]
    vendor.script = lambda _: Reply(404)
    fetch(source(api_key=KEY, base_url=vendor.url), Ask(frozenset({"EUR"}), today=NOW.date()), NOW)
    assert vendor.heard[0].headers["User-Agent"].endswith("ops@bank.example)")
