"""Answer every failure of the REST border with one problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from rates.errors import PROBLEM_TYPE, ApiError, field_error

_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Payload too large",
    415: "Unsupported media type",
    422: "Unprocessable",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
_CODES: dict[type[Exception], str] = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.PermissionDenied: "permission_denied",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "throttled",
}
_log = structlog.get_logger(__name__)


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem. None leaves an unforeseen one to the 500 handler."""
    found = _as_api_error(error)
    if found is None:
        return None
    return Response(
        problem_document(found), status=found.status, headers=found.headers, content_type=PROBLEM_TYPE
    )


def problem_document(error: ApiError) -> dict[str, Any]:
    """Write the members of a problem."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(error.status, "Error"),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    return document | ({"errors": error.errors} if error.errors else {}) | error.extra


def _as_api_error(error: Exception) -> ApiError | None:
    """Find the documented problem behind an exception. None when there is none."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, OperationalError | InterfaceError):
        _log.error("database_unavailable", error=type(error).__name__)
        return ApiError("unavailable", 503, "The database does not answer.", headers={"Retry-After": "2"})
    if isinstance(error, Http404):
        return ApiError("not_found", 404, "There is nothing here.")
    if isinstance(error, PermissionDenied):
        return ApiError("permission_denied", 403, "You may not do this.")
    if isinstance(error, exceptions.ValidationError):
        return ApiError("invalid_request", 400, "The request is invalid.", errors=_field_errors(error.detail))
    return _from_framework(error) if isinstance(error, exceptions.APIException) else None


def _from_framework(error: exceptions.APIException) -> ApiError:
    """Translate what DRF raises on its own."""
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "invalid_request")
    headers = {"WWW-Authenticate": "Api-Key"} if error.status_code == 401 else {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    return ApiError(code, error.status_code, str(error.detail), headers=headers)


def _field_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """Flatten DRF's nested errors into `{field, code, detail}`."""
    if isinstance(detail, Mapping):
        return [
            e for name, inner in detail.items() for e in _field_errors(inner, f"{field}.{name}".lstrip("."))
        ]
    if isinstance(detail, list):
        return [e for inner in detail for e in _field_errors(inner, field)]
    return [field_error(field, getattr(detail, "code", "invalid"), str(detail))]


def _answer(request: HttpRequest, error: ApiError) -> JsonResponse:
    return JsonResponse(problem_document(error), status=error.status, content_type=PROBLEM_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer what Django refuses before any view."""
    return _answer(request, ApiError("invalid_request", 400, "The request cannot be read."))


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer a path that nothing serves."""
    return _answer(request, ApiError("not_found", 404, "There is nothing here."))


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer an unforeseen failure without a word about its inside."""
    return _answer(
        request, ApiError("internal", 500, "Something went wrong; the request id leads to the log.")
    )
