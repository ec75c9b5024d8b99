"""Say who may read and convert: everybody where reading is public, else who has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework import authentication, permissions
from rest_framework.request import Request

if TYPE_CHECKING:
    # REST framework imports this module while it is still loading its views.
    from rest_framework.views import APIView


class SessionAuthentication(authentication.SessionAuthentication):
    """Know a staff session by its cookie; CSRF is checked on unsafe methods."""

    def authenticate_header(self, request: Request) -> str:
        """Have DRF answer 401, not 403, to who is not known."""
        return "Api-Key"


class PublicRead(permissions.BasePermission):
    """Let anonymous callers in where `FX_PUBLIC_READ` says so."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether this caller may come in."""
        return settings.FX_PUBLIC_READ or bool(request.user and request.user.is_authenticated)
