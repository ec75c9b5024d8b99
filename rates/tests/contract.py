"""Hold real answers to the OpenAPI document: no field may be missing, extra or of another shape."""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

_CHECKER = FormatChecker()


@cache
def document() -> Any:
    """Generate the document once, as `/api/schema` serves it."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(generated))


def operation(method: str, path: str) -> Any:
    """Find what the document says of a request."""
    route = resolve(path.rstrip("/")).route
    for converter in ("str:", "uuid:", "slug:"):
        route = route.replace(f"<{converter}", "<")
    return document()["paths"]["/" + route.replace("<", "{").replace(">", "}")][method.lower()]


def assert_described(answer: Any) -> None:
    """Check status, content type and body of a test client's answer against the document."""
    request = answer.wsgi_request
    described = operation(request.method, request.path_info)["responses"]
    assert str(answer.status_code) in described, (answer.status_code, sorted(described))
    contents = described[str(answer.status_code)].get("content")
    if not contents:
        assert answer.content == b""
        return
    media_type = answer["Content-Type"].partition(";")[0]
    assert media_type in contents, (media_type, sorted(contents))
    assert_shape(contents[media_type]["schema"], answer.json())


def get(api: APIClient, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
    """Ask, and hold whatever comes to the document."""
    answer = api.get(path, query, headers=headers)
    assert_described(answer)
    return answer


def rows_of(answer: Any) -> list[Any]:
    """Read what a streamed answer says: the cells of CSV as texts, the lines of NDJSON as objects."""
    text = b"".join(answer.streaming_content).decode()
    if answer["Content-Type"].startswith("text/csv"):
        return list(csv.DictReader(text.splitlines()))
    return [json.loads(line) for line in text.splitlines()]


def assert_problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem document (RFC 9457) with this status and code, and return it."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:300]
    problem: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert_shape({"$ref": "#/components/schemas/Problem"}, {k: v for k, v in problem.items() if k != "found"})
    assert answer["X-Request-ID"]
    return problem


def assert_shape(schema: Any, body: Any) -> None:
    """Check a body against a schema of the document."""
    components = {name: _strict(shape) for name, shape in document()["components"]["schemas"].items()}
    whole = {**_strict(schema), "components": {"schemas": components}}
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
        for error in Draft202012Validator(whole, format_checker=_CHECKER).iter_errors(body)
    ]
    assert not errors, errors


def _strict(schema: Any) -> Any:
    """Translate OpenAPI 3.0's `nullable` to JSON Schema, and forbid what is not described."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(part) for name, part in schema.items() if name != "nullable"}
    if "properties" in strict and isinstance(strict["properties"], dict):
        strict.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [strict, {"type": "null"}]}
    return strict
