"""Ask the conversion endpoints, and check that a refusal is the documented one."""

import json
from typing import Any

from django.test import Client

CONVERT = "/api/v1/convert"
ORDER = {"from": "EUR", "to": "USD", "amount": "1000.00"}


def post(client: Client, body: Any, **headers: str) -> Any:
    """Send a body, raw or to be written as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(CONVERT, raw, content_type="application/json", headers=headers)


def assert_problem(answer: Any, status: int, code: str, *fields: str) -> None:
    """Check that an answer is the documented problem and names these fields."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert {"type", "title", "detail"} <= problem.keys()
    assert [error["field"] for error in problem.get("errors", [])] == list(fields)
