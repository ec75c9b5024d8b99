"""Hold the conversion endpoints to refusing bad input with the documented problem, never with a 500."""

import json
from typing import Any

import pytest
from django.test import Client

from conversions.models import Receipt
from conversions.tests.asking import CONVERT, ORDER, assert_problem, post
from conversions.tests.bad_amounts import BAD_AMOUNTS
from conversions.tests.published import publish

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["XXX", "EURO", "", "\u0395UR"])
def test_an_unknown_currency_is_not_found(client: Client, code: str) -> None:
    assert_problem(post(client, ORDER | {"to": code}), 404, "unknown_currency")
    assert_problem(client.get(CONVERT, ORDER | {"from": code}), 404, "unknown_currency")


def test_every_bad_amount_is_refused_by_its_code(client: Client) -> None:
    publish()
    for text in BAD_AMOUNTS:
        assert_problem(_post_text(client, text), 400, "invalid_amount", "amount")
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "raw", ["0", "-1", "-0", "1e3", "1E+1000000", "0.000000001", "1e-7", "9" * 5000, "true", "[]", "null"]
)
def test_every_bad_json_amount_is_refused_by_its_code(client: Client, raw: str) -> None:
    body = f'{{"from": "EUR", "to": "USD", "amount": {raw}}}'.encode()
    assert_problem(post(client, body), 400, "invalid_amount", "amount")


def test_every_bad_amount_of_a_query_is_refused(client: Client) -> None:
    for text in [text for text in BAD_AMOUNTS if "\x00" not in text and "\ud800" not in text]:
        assert_problem(client.get(CONVERT, ORDER | {"amount": text}), 400, "invalid_amount", "amount")
    assert_problem(client.get(CONVERT, ORDER | {"amount": "1\x00"}), 400, "invalid_request", "amount")


def test_a_json_number_is_read_to_its_last_digit(client: Client) -> None:
    publish()
    body = b'{"from": "EUR", "to": "USD", "amount": 123456789012345.12345678}'
    assert post(client, body).json()["amount"] == "123456789012345.12345678"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"NaN", b'{"from": "EUR", "from": "USD"}', b"[" * 60_000, b"\xff",
     rb'{"a": "\ud800"}', rb'{"reference": "\u0000"}', b'{"amount": NaN}'],
    ids=lambda body: ascii(body[:20]),
)  # fmt: skip
def test_a_malformed_body_is_an_invalid_request(client: Client, body: bytes) -> None:
    answer = post(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_is_not_known_is_named(client: Client) -> None:
    assert_problem(
        post(client, ORDER | {"when": "2026-01-02", "ttl": 5}), 400, "invalid_request", "when", "ttl"
    )
    assert_problem(client.get(CONVERT, ORDER | {"reference": "r"}), 400, "invalid_request", "reference")
    answer = client.post(f"{CONVERT}?dry=1", json.dumps(ORDER), content_type="application/json")
    assert_problem(answer, 400, "invalid_request", "dry")


def test_other_methods_types_and_sizes_are_refused(client: Client) -> None:
    assert_problem(client.delete(CONVERT), 405, "method_not_allowed")
    assert_problem(client.post(CONVERT, ORDER), 415, "unsupported_media_type")
    assert_problem(post(client, b" " * 65_537), 413, "payload_too_large")
    assert_problem(client.get(CONVERT, ORDER, headers={"Accept": "image/png"}), 406, "not_acceptable")


def _post_text(client: Client, text: str) -> Any:
    """Send an amount as a JSON string; what no JSON string may hold is sent as a number instead."""
    sendable = "\x00" not in text and "\ud800" not in text
    return post(client, ORDER | {"amount": text if sendable else -1})
