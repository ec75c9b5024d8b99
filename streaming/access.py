"""Say who may open a stream.

The session is read here and only where reading is not public: Channels' middleware would also wrap every
later `send`, which costs half as much again as the send itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.auth import get_user
from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

Scope = dict[str, Any]


def origin_allowed(scope: Scope) -> bool:
    """Check a browser's `Origin` against ALLOWED_HOSTS; programs send none and may come in."""
    return all(_is_ours(origin) for origin in _headers(scope, b"origin"))


async def may_read(scope: Scope) -> bool:
    """Let everyone read where reading is public, else whoever is logged in."""
    return settings.FX_PUBLIC_READ or await _has_session(scope)


async def _has_session(scope: Scope) -> bool:
    key = parse_cookie("; ".join(_headers(scope, b"cookie"))).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    user = await get_user({"session": store(key)})
    return bool(user.is_authenticated)


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [text.decode("latin-1") for header, text in scope["headers"] if header == name]


def _is_ours(origin: str) -> bool:
    domain, _port = split_domain_port(_netloc(origin))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as an IPv6 address without its second bracket
        return ""
