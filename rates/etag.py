"""Tag answers that depend on rates alone, so that a reader who has the newest gets 304."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response


def tagged(request: Request, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with an ETag of the body, or 304 to a reader who shows the same one."""
    tag = f'"{hashlib.blake2b(json.dumps(body, default=str).encode(), digest_size=12).hexdigest()}"'
    sent = dict(headers or {}) | {"ETag": tag, "Cache-Control": "no-cache"}
    shown = {text.strip().removeprefix("W/") for text in request.headers.get("If-None-Match", "").split(",")}
    if tag in shown or "*" in shown:
        return Response(status=304, headers=sent)
    return Response(body, headers=sent)
