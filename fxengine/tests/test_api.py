"""What holds for every endpoint: representations, ids, marks, sessions; and the answers of the roof's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import resolve
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient, APIRequestFactory

from providers.adapters import keys as known_keys
from rates.price import Price
from rates.tests.contract import assert_described, assert_problem

pytestmark = pytest.mark.django_db
ENDPOINTS = [
    "",
    "/rates",
    "/rates/EUR/USD",
    "/rates/summary",
    "/rates/EUR/USD/history?hours=1",
    "/rates/EUR/USD/stats",
    "/rates/EUR/EUR/on/2026-11-20",
    "/rates/EUR/EUR/daily?from=2026-11-01&to=2026-11-20",
    "/matrix?currencies=EUR,USD",
    "/pairs",
    "/currencies",
    "/currencies/EUR",
    "/convert?from=EUR&to=USD&amount=10",
    "/providers",
    "/providers/fixer",
    "/health",
]
ORDER = {"from": "EUR", "to": "USD", "amount": "1000.00"}
Prices = dict[str, Price]
everywhere = pytest.mark.parametrize("path", ENDPOINTS)


def get(client: APIClient, path: str, **headers: str) -> Any:
    answer = client.get(f"/api/v1{path}", headers=headers)
    assert_described(answer)
    return answer


@everywhere
def test_a_program_gets_json(api: APIClient, shared_prices: Prices, path: str) -> None:
    for accept in ("", "*/*", "application/json", "application/*;q=0.5, text/plain"):
        answer = get(api, path, **{"Accept": accept} if accept else {})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@everywhere
def test_a_browser_gets_the_browsable_api(api: APIClient, shared_prices: Prices, path: str) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = api.get(f"/api/v1{path}", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Traceback (most" not in answer.content


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_has_not_changed_has_no_body(shared_prices: Prices, accept: str) -> None:
    """Ask the view itself: the test client would cut a body off that breaks a kept connection."""
    path = "/api/v1/rates/EUR/EUR/on/2026-11-20"
    view, args, kwargs = resolve(path)
    first = view(APIRequestFactory().get(path, headers={"Accept": accept}), *args, **kwargs)
    shown = {"Accept": accept, "If-None-Match": first["ETag"]}
    again = view(APIRequestFactory().get(path, headers=shown), *args, **kwargs).render()
    assert (again.status_code, again.content, "Content-Type" in again) == (304, b"", False)


@everywhere
def test_a_slash_at_the_end_changes_nothing(api: APIClient, shared_prices: Prices, path: str) -> None:
    route, mark, query = f"/api/v1{path}".partition("?")
    answer = api.get(f"{route}/{mark}{query}")
    assert answer.status_code == 200
    assert answer.json().keys() == get(api, path).json().keys()


@everywhere
def test_it_answers_with_the_callers_request_id_or_one_of_its_own(
    api: APIClient, shared_prices: Prices, path: str
) -> None:
    assert get(api, path, **{"X-Request-ID": "a-B_3.z"})["X-Request-ID"] == "a-B_3.z"
    for refused in ("", "x" * 65, "two words", "<script>", "emoji😀"):
        given = get(api, path, **{"X-Request-ID": refused})["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", given)


@everywhere
def test_a_demo_says_so_on_every_answer(
    api: APIClient, shared_prices: Prices, path: str, settings: Settings
) -> None:
    assert get(api, path)["X-Fx-Environment"] == "demo"
    settings.FX_DEMO = False
    assert "X-Fx-Environment" not in get(api, path)


@everywhere
def test_head_answers_like_get_without_a_body(api: APIClient, shared_prices: Prices, path: str) -> None:
    answer = api.head(f"/api/v1{path}")
    assert (answer.status_code, answer.content) == (200, b"")


@everywhere
def test_where_reading_is_not_public_a_stranger_is_told_how_to_come_in(
    api: APIClient, staff: APIClient, shared_prices: Prices, path: str, settings: Settings
) -> None:
    settings.FX_PUBLIC_READ = False
    answer = get(api, path)
    assert_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Api-Key"
    assert get(staff, path).status_code == 200


def test_the_entry_points_are_absolute_and_all_of_them_answer(api: APIClient, shared_prices: Prices) -> None:
    body = get(api, "").json()
    assert body["environment"] == "demo"
    entries = body["entries"]
    assert set(entries) == {"rates", "summary", "matrix", "pairs", "currencies", "convert", "providers",
                            "health", "schema", "docs", "stream"}  # fmt: skip
    assert entries.pop("stream") == "ws://testserver/api/v1/ws/rates"
    assert entries.pop("convert") == "http://testserver/api/v1/convert"
    assert {api.get(url).status_code for url in entries.values()} == {200}


def test_https_gives_a_secure_socket(api: APIClient, shared_prices: Prices) -> None:
    assert api.get("/api/v1", secure=True).json()["entries"]["stream"].startswith("wss://")


def test_the_list_of_sources_is_that_of_the_adapters(api: APIClient, shared_prices: Prices) -> None:
    found = get(api, "/providers").json()["results"]
    keys = [source["key"] for source in found]
    assert keys == ["openexchangerates", *sorted({*known_keys()} - {"openexchangerates"})]
    assert get(api, "/providers/fixer").json() == found[keys.index("fixer")]
    assert_problem(get(api, "/providers/nobody"), 404, "not_found")


def test_a_receipt_is_made_and_read_again(api: APIClient, shared_prices: Prices) -> None:
    made = api.post("/api/v1/convert", ORDER, format="json")
    assert_described(made)
    assert made.status_code == 201
    again = api.get(made["Location"])
    assert_described(again)
    assert again.json() == made.json()


def test_a_post_with_a_session_needs_its_csrf_token(admin_user: User, shared_prices: Prices) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(admin_user)
    refused = client.post("/api/v1/convert", ORDER, format="json")
    assert_described(refused)
    assert_problem(refused, 403, "permission_denied")
    client.get("/admin/")
    token = client.cookies["csrftoken"].value
    allowed = client.post("/api/v1/convert", ORDER, format="json", headers={"X-CSRFToken": token})
    assert allowed.status_code == 201


def test_an_anonymous_post_needs_none(shared_prices: Prices) -> None:
    client = APIClient(enforce_csrf_checks=True)
    assert client.post("/api/v1/convert", ORDER, format="json").status_code == 201


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/v2", "/api/v1/nothing", "/api/v1/rates/EUR",
                                  "/admin", "/static/nothing.js", "/api/v1/conversions/1"])  # fmt: skip
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_path_that_nothing_serves_is_a_problem(
    api: APIClient, shared_prices: Prices, path: str, accept: str
) -> None:
    answer = api.get(path, headers={"Accept": accept})
    assert_problem(answer, 404, "not_found")
    assert answer["X-Fx-Environment"] == "demo"


@pytest.mark.parametrize("path", ["/rates/EUR/ZZZ", "/convert", "/currencies/ZZZ", "/providers/nobody"])
def test_inside_the_browsable_api_a_problem_is_a_page(
    api: APIClient, shared_prices: Prices, path: str
) -> None:
    answer = api.get(f"/api/v1{path}", headers={"Accept": "text/html"})
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert b"&quot;code&quot;" in answer.content


def test_the_first_page_and_the_documentation_are_pages(api: APIClient, shared_prices: Prices) -> None:
    for path in ("/", "/api/docs"):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_documentation_loads_nothing_from_elsewhere(api: APIClient, shared_prices: Prices) -> None:
    page = api.get("/api/docs").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") for source in sources), sources


def test_a_host_that_is_not_ours_is_refused(api: APIClient, shared_prices: Prices) -> None:
    answer = api.get("/api/v1", headers={"Host": "evil.example"})
    assert_problem(answer, 400, "invalid_request")
