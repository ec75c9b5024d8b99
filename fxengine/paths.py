"""Treat paths by their first part: slashes at the end of API paths, the admin's own content policy."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware


# The admin theme evaluates expressions in its markup and sets styles from scripts.
_ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


@sync_and_async_middleware
def strip_slash(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Drop the slash at the end of an API path before it is routed."""

    async def answer_later(request: HttpRequest) -> Any:
        return await get_response(_stripped(request))

    def answer(request: HttpRequest) -> Any:
        return get_response(_stripped(request))

    return answer_later if iscoroutinefunction(get_response) else answer


@sync_and_async_middleware
def relax_admin(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Allow the admin, and nothing else, what its theme needs."""

    async def answer_later(request: HttpRequest) -> Any:
        return _relaxed(request, await get_response(request))

    def answer(request: HttpRequest) -> Any:
        return _relaxed(request, get_response(request))

    return answer_later if iscoroutinefunction(get_response) else answer


def _relaxed(request: HttpRequest, response: Any) -> Any:
    if request.path_info.startswith("/admin/"):
        response._csp_update = _ADMIN_POLICY  # noqa: SLF001  (django-csp's documented way for middleware)
    return response


def _stripped(request: HttpRequest) -> HttpRequest:
    if request.path_info.startswith("/api/") and request.path_info.endswith("/"):
        request.path_info = request.path_info.rstrip("/")
    return request
