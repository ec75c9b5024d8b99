"""Every failure of the border becomes the documented problem, and says nothing of the inside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions

from fxengine.exceptions import bad_request, not_found, problem, problem_document, server_error
from rates.errors import ApiError, InvalidRequest, NoRate, field_error

SECRET = "postgres://fx:hunter2@10.0.0.1/fx"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ApiError("quote_expired", 410, "Too late."), 410, "quote_expired"),
        (NoRate("NOK/SEK"), 503, "no_rate"),
        (OperationalError(SECRET), 503, "unavailable"),
        (InterfaceError(SECRET), 503, "unavailable"),
        (Http404(SECRET), 404, "not_found"),
        (PermissionDenied(SECRET), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotFound(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("x/y"), 415, "unsupported_media_type"),
        (exceptions.Throttled(), 429, "throttled"),
        (exceptions.ParseError(), 400, "invalid_request"),
        (exceptions.ValidationError({"a": ["b"]}), 400, "invalid_request"),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Exception) else None,
)
def test_each_failure_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = problem(error, {})
    assert answer is not None
    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, answer.data["status"], answer.data["code"]) == (status, status, code)
    assert {"type", "title", "status", "detail", "code"} <= answer.data.keys()
    assert answer.data["title"] != "Error"
    assert "hunter2" not in json.dumps(answer.data)


def test_an_unforeseen_failure_is_left_to_the_500_handler() -> None:
    assert problem(KeyError(SECRET), {}) is None
    answer = server_error(RequestFactory().get("/"))
    assert (answer.status_code, json.loads(answer.content)["code"]) == (500, "internal")


def test_who_may_come_back_later_is_told_when() -> None:
    for error, seconds in (
        (NoRate("A/B"), "5"),
        (OperationalError(), "2"),
        (exceptions.Throttled(wait=7), "7"),
    ):
        answer = problem(error, {})
        assert answer is not None
        assert answer["Retry-After"] == seconds


def test_who_is_not_known_is_told_how_to_come_in() -> None:
    answer = problem(exceptions.NotAuthenticated(), {})
    assert answer is not None
    assert answer["WWW-Authenticate"] == "Api-Key"


def test_invalid_fields_are_listed_flat_with_their_path() -> None:
    detail: dict[str, Any] = {
        "amount": [exceptions.ErrorDetail("Too big.", code="max")],
        "items": [{"to": ["Unknown."]}, {"to": ["Missing."]}],
        "deep": {"er": ["Bad."]},
    }
    answer = problem(exceptions.ValidationError(detail), {})
    assert answer is not None
    assert answer.data["errors"] == [
        {"field": "amount", "code": "max", "detail": "Too big."},
        {"field": "items.to", "code": "invalid", "detail": "Unknown."},
        {"field": "items.to", "code": "invalid", "detail": "Missing."},
        {"field": "deep.er", "code": "invalid", "detail": "Bad."},
    ]


def test_a_problem_has_errors_and_further_members_only_where_there_are_any() -> None:
    plain = problem_document(ApiError("x", 409, "Y."))
    assert list(plain) == ["type", "title", "status", "detail", "code"]
    full = problem_document(InvalidRequest([field_error("a", "b", "c")]))
    assert (full["detail"], full["errors"]) == (
        "Invalid request: a.",
        [{"field": "a", "code": "b", "detail": "c"}],
    )
    assert problem_document(ApiError("x", 409, "Y.", extra={"found": 1}))["found"] == 1


def test_what_django_refuses_before_any_view_is_a_problem_too() -> None:
    request = RequestFactory().get("/")
    for answer, status in (
        (bad_request(request, Exception(SECRET)), 400),
        (not_found(request, Http404()), 404),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert b"hunter2" not in answer.content
