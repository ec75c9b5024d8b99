"""Whatever a caller sends, the answer is a documented problem and never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from fxengine.tests.test_api import ENDPOINTS
from rates.price import Price
from rates.tests.contract import assert_described, assert_problem

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
CONVERT = f"{V1}/convert"
JSON = "application/json"
LONG = "x" * 8000
Case = tuple[str, str, dict[str, Any]]


def case(method: str, path: str, body: bytes = b"", content: str = JSON, **headers: str) -> Case:
    return method, path, {"data": body, "content_type": content, "headers": headers}


def send(client: APIClient, each: Case) -> Any:
    method, path, sent = each
    return client.generic(method.upper(), path, **sent)


def everywhere() -> list[Case]:
    """Spoil a good request to each endpoint in every general way."""
    cases = []
    for endpoint in ENDPOINTS:
        path = f"{V1}{endpoint}"
        joined = f"{path}{'&' if '?' in path else '?'}"
        bare = path.partition("?")[0]
        cases += [
            case("get", f"{joined}unknown=1"),
            case("get", f"{joined}%00=1"),
            case("get", f"{joined}%ff%fe=%80"),
            case("get", f"{joined}{LONG}=1"),
            case("get", f"{joined}format=xml"),
            case("get", f"{joined}=&=&="),
            case("get", f"{bare}/nothing/at/all"),
            case("get", f"{bare}%00"),
            case("get", f"{bare}%ff"),
            case("get", path, Accept="application/xml"),
            case("get", path, Accept="no type at all"),
            case("delete", path),
            case("put", path, b"{}"),
            case("patch", path, b"\xff\xff"),
        ]
        if "convert" not in path:
            cases += [case("post", path, b"{"), case("post", path, b"x", "multipart/form-data")]
    return cases


PATHS = [
    "rates/EUR", "rates/EUR/USD/JPY", "rates/ZZZ/USD", "rates/USD/ZZZ", "rates/EUR/US%00", "rates/%00/%00",
    "rates/%2e%2e/USD", "rates/EUR/%F0%9F%98%80", "rates/%ff%fe%fd/USD", "rates/e%CC%81ur/USD",
    f"rates/{LONG}/USD", f"rates/EUR/{LONG}", "rates/EUR/USD%0d%0aSet-Cookie:x=1", "rates//USD",
    "rates/EUR/USD?max_age=abc", "rates/EUR/USD?max_age=%00", "rates/EUR/USD?max_age=1e400",
    "rates/EUR/USD?max_age=%D9%A3", "rates/EUR/USD?min_sources=-1", "rates/EUR/USD?max_dispersion_bps=NaN",
    "rates/EUR/USD?explain=maybe", "rates/EUR/USD?explain=1&explain=1", f"rates/EUR/USD?max_age={LONG}",
    "rates?pairs=", "rates?pairs=%00", "rates?pairs=%ff", "rates?pairs=EUR/USD&pairs=EUR/USD",
    "rates?pairs=EUR/USD;GBP/USD", f"rates?pairs={LONG}", "rates?pairs=" + "EUR/USD," * 600,
    "rates?base=EUR&quotes=", "rates?quotes=USD", "rates?base=EUR&pairs=EUR/USD", "rates?base=%00",
    "rates?base[]=EUR", "rates?pairs[$ne]=1", "rates?pairs=EUR/USD'--", "rates?pairs=EUR/ZZZ",
    "currencies/ZZZ", "currencies/%00", f"currencies/{LONG}", "currencies/EUR/USD", "currencies/%ff%ff%ff",
    "currencies/EUR?at=1", "providers/%00", "providers/nobody", f"providers/{LONG}", "providers/%ff",
    "providers/fixer%20", "providers/fixer/polls/x", "conversions/not-a-uuid", "conversions/%00",
    "conversions/00000000-0000-0000-0000-000000000000", "convert?from=EUR&to=USD",
    "convert?from=EUR&to=USD&amount=", "convert?from=EUR&to=USD&amount=1E5",
    "convert?from=EUR&to=USD&amount=-1",
    "convert?from=EUR&to=USD&amount=%00", "convert?from=EUR&to=USD&amount=1&to_amount=1",
    "convert?from=ZZZ&to=USD&amount=1", "convert?from=EUR&to=%00&amount=1",
    f"convert?from={LONG}&to=USD&amount=1",
    "convert?from=EUR&to=USD&amount=1&side=left", "convert?from=EUR&to=USD&amount=" + "9" * 4000,
    "health?deep=1", "?x=1", "%00", "../../etc/passwd", "%2e%2e/%2e%2e",
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[]", b"1", b'"x"', b"{}", b"\xff\xfe", b"\x00", b'{"from":"EUR"}', b"NaN",
    b"[" * 100_000, b'{"a":' * 5000, b'{"from":"EUR","from":"USD","to":"JPY","amount":"1"}',
    b'{"from":"EUR","to":"USD","amount":NaN}', b'{"from":"EUR","to":"USD","amount":1e400}',
    b'{"from":"EUR","to":"USD","amount":true}', b'{"from":"EUR","to":"USD","amount":{"$gt":0}}',
    b'{"from":"EUR","to":"USD","amount":"1","admin":true}', b'{"from":["EUR"],"to":"USD","amount":"1"}',
    b'{"from":null,"to":"USD","amount":"1"}', b'{"from":"E\\u0000R","to":"USD","amount":"1"}',
    b'{"from":"\\ud800","to":"USD","amount":"1"}',
    b'{"from":"EUR","to":"USD","amount":"1","reference":"\\u0000"}',
    b'{"from":"EUR","to":"USD","amount":"1","reference":' + b'"' + b"x" * 70_000 + b'"}',
    b'{"from":"EUR","to":"USD","amount":"1","max_age":"soon"}', b'{"from":"EUR","to":"USD","amount":""}',
]  # fmt: skip
CONTENT_TYPES = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "nonsense", "text/html", "application/problem+json",
]  # fmt: skip
GOOD = b'{"from":"EUR","to":"USD","amount":"1"}'
CORPUS = [
    *everywhere(),
    *(case("get", f"{V1}/{path}") for path in PATHS),
    *(case("post", CONVERT, body) for body in BODIES),
    *(case("post", CONVERT, GOOD, content) for content in CONTENT_TYPES),
    case("post", CONVERT, GOOD, **{"Idempotency-Key": "anonymous"}),
    case("post", f"{CONVERT}?dry=1", GOOD),
    case("post", f"{CONVERT}?%00", GOOD),
]  # fmt: skip


def test_the_corpus_is_large_and_has_no_case_twice() -> None:
    assert len(CORPUS) >= 250
    assert len({repr(each) for each in CORPUS}) == len(CORPUS)


def test_bad_input_is_a_problem_whatever_it_is(api: APIClient, shared_prices: dict[str, Price]) -> None:
    wrong = []
    for each in CORPUS:
        answer = send(api, each)
        if not 400 <= answer.status_code < 500:
            wrong.append((answer.status_code, repr(each)[:150]))
            continue
        problem = assert_problem(answer, answer.status_code, answer.json().get("code"))
        assert len(problem["detail"]) < 400
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("each", "status", "code"),
    [
        (case("get", f"{V1}/rates/EUR/ZZZ"), 404, "unknown_currency"),
        (case("get", f"{V1}/rates?pairs=EURUSDX"), 404, "unknown_pair"),
        (case("get", f"{V1}/pairs?page=2"), 400, "invalid_request"),
        (case("get", f"{V1}/rates/EUR/USD?max_age=1&max_age=2"), 400, "invalid_request"),
        (case("delete", f"{V1}/rates"), 405, "method_not_allowed"),
        (case("get", f"{V1}/rates", Accept="application/xml"), 406, "not_acceptable"),
        (case("post", CONVERT, GOOD, "text/plain"), 415, "unsupported_media_type"),
        (case("post", CONVERT, b"{"), 400, "invalid_request"),
        (case("post", CONVERT, b'"' + b"x" * 65_536 + b'"'), 413, "payload_too_large"),
        (case("post", CONVERT, b'{"from":"EUR","to":"USD","amount":"-1"}'), 400, "invalid_amount"),
        (case("post", CONVERT, GOOD, **{"Idempotency-Key": "k"}), 401, "not_authenticated"),
        (case("get", f"{V1}/conversions/00000000-0000-0000-0000-000000000000"), 404, "not_found"),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_each_refusal_has_its_documented_code(
    api: APIClient, shared_prices: dict[str, Price], each: Case, status: int, code: str
) -> None:
    answer = send(api, each)
    assert_problem(answer, status, code)
    if status != 405:
        assert_described(answer)


def test_a_wrong_method_says_which_are_right(api: APIClient, shared_prices: dict[str, Price]) -> None:
    assert api.delete(f"{V1}/rates")["Allow"] == "GET, HEAD, OPTIONS"
    assert api.delete(CONVERT)["Allow"] == "GET, POST, HEAD, OPTIONS"
