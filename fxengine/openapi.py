"""Complete the OpenAPI document with what holds for every endpoint."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from rates.errors import PROBLEM_TYPE

_SCHEMAS = "#/components/schemas/"
_EVERYWHERE = {
    "400": "The request is invalid; `errors` names what is wrong with it.",
    "401": "Reading is not public here, and the request brought neither key nor session.",
    "405": "The path knows other methods; `Allow` lists them.",
    "406": "No representation that `Accept` allows.",
    "503": "The house, or every source it would need, is out of reach; see `Retry-After`.",
}
_NAMED = {"404": "What the path names does not exist."}
_HEADERS = {
    "X-Request-ID": "The caller's own id if it is valid, else one that leads to the log.",
    "X-Fx-Environment": "`demo` where prices are simulated; absent in live operation.",
}
_PROBES = {"/livez": "Say whether the process answers.", "/readyz": "Say whether requests can be served."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the session cookie of staff."""

    target_class = "fxengine.access.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Say where the session travels."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problems and headers that every endpoint shares, and the probes at the root."""
    for path, operations in result["paths"].items():
        shared = _EVERYWHERE | (_NAMED if "{" in path else {})
        for operation in operations.values():
            answers = operation["responses"]
            for status, description in shared.items():
                answers.setdefault(status, {"description": description, "content": _problem()})
                answers[status].setdefault("content", {}).update(_problem())
            for answer in answers.values():
                answer["headers"] = {**_headers(), **answer.get("headers", {})}
    result["paths"] |= {path: _probe(path, description) for path, description in _PROBES.items()}
    return result


def _problem() -> dict[str, Any]:
    return {PROBLEM_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}


def _headers() -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}, "description": text} for name, text in _HEADERS.items()}


def _probe(path: str, description: str) -> dict[str, Any]:
    answer = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
    statuses = ["200"] if path == "/livez" else ["200", "503"]
    return {
        "get": {
            "operationId": path.strip("/"),
            "description": description,
            "tags": ["probes"],
            "responses": dict.fromkeys(statuses, answer),
        }
    }
