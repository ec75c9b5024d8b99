"""Wrap every request: an id for its log lines, paths with a slash, the environment, the admin's policy."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# The admin theme evaluates expressions in its markup and sets styles from scripts.
_ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
Answer = Callable[[HttpRequest], Any]


def _around(
    before: Callable[[HttpRequest], None], after: Callable[[HttpRequest, HttpResponseBase], None]
) -> Callable[[Answer], Answer]:
    """Make a middleware of two steps, for threads and for the event loop alike."""

    def middleware(get_response: Answer) -> Answer:
        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            before(request)
            response: HttpResponseBase = await get_response(request)
            after(request, response)
            return response

        def answer(request: HttpRequest) -> HttpResponseBase:
            before(request)
            response: HttpResponseBase = get_response(request)
            after(request, response)
            return response

        return answer_later if iscoroutinefunction(get_response) else answer

    made: Callable[[Answer], Answer] = sync_and_async_middleware(middleware)
    return made


def _enter(request: HttpRequest) -> None:
    """Name the request, the caller's way if that is a valid id, and route it without an end slash."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    request.META["fx.request_id"] = request_id
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    if request.path_info.startswith("/api/"):
        request.path_info = request.path_info.rstrip("/")


def _leave(request: HttpRequest, response: HttpResponseBase) -> None:
    """Show the request's id, and that prices are simulated where they are."""
    response["X-Request-ID"] = request.META["fx.request_id"]
    if settings.FX_DEMO:
        response["X-Fx-Environment"] = "demo"


def _nothing(request: HttpRequest) -> None:
    """Leave the request as it is."""


def _relax(request: HttpRequest, response: HttpResponseBase) -> None:
    if request.path_info.startswith("/admin/"):
        response._csp_update = _ADMIN_POLICY  # type: ignore[attr-defined]  # noqa: SLF001  (django-csp's hook)


request_context = _around(_enter, _leave)
relax_admin = _around(_nothing, _relax)
