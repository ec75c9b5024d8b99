"""Write answers: JSON for programs, the browsable API for people."""

from http import HTTPStatus
from typing import Any

from rest_framework import renderers

from rates.errors import PROBLEM_TYPE


class JSONRenderer(renderers.JSONRenderer):
    """Write UTF-8 JSON; a problem keeps its own media type."""

    charset = None


class BrowsableRenderer(renderers.BrowsableAPIRenderer):
    """Show an answer to a person, with a form where there is one."""

    def get_default_renderer(self, view: Any) -> renderers.BaseRenderer:
        """Show the body as a program gets it."""
        return JSONRenderer()

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """Write the page; inside a browser even a problem is HTML.

        Nothing for a 304: whatever followed it would be read as the next answer of the connection.
        """
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code == HTTPStatus.NOT_MODIFIED:
            return b""
        page = super().render(data, accepted_media_type, renderer_context)
        if response is not None and response.get("Content-Type", "").startswith(PROBLEM_TYPE):
            response["Content-Type"] = "text/html; charset=utf-8"
        return page
