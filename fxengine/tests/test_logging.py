"""Log lines: JSON for machines, with the ids that lead to them, and without a secret."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from rest_framework.test import APIClient

from fxengine.logging import configure, mask_secrets

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Log as in production, into memory; give back what was written so far."""
    configure("json", terminal=True)
    (handler,) = (h for h in logging.getLogger().handlers if h.name == "stderr")
    written = io.StringIO()
    handler.setStream(written)  # type: ignore[attr-defined]
    structlog.contextvars.clear_contextvars()
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.contextvars.clear_contextvars()
    configure(os.environ.get("FX_LOG_FORMAT", "auto"), sys.stderr.isatty())


def test_an_event_is_one_line_of_json(lines: Lines) -> None:
    structlog.get_logger("some.where").info("tick_kept", pair="EUR/USD", count=3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "tick_kept",
        "pair": "EUR/USD",
        "count": 3,
        "level": "info",
        "logger": "some.where",
    }


def test_other_libraries_lines_have_the_same_form(lines: Lines) -> None:
    logging.getLogger("django.some").warning("%s of %d", "two", 2)
    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == ("two of 2", "warning", "django.some")


def test_a_traceback_is_part_of_its_line(lines: Lines) -> None:
    try:
        raise ValueError("access_key=0123456789abcdef&x=1")
    except ValueError:
        structlog.get_logger("some").exception("failed")
    (line,) = lines()
    assert "Traceback (most recent call last)" in line["exception"]
    assert "0123456789abcdef" not in json.dumps(line)


@pytest.mark.django_db
def test_lines_of_a_request_carry_its_id(lines: Lines) -> None:
    client = APIClient(raise_request_exception=False)
    answers = [client.get("/api/v1/rates", headers={"X-Request-ID": given}) for given in ("mine", "")]
    found = [line for line in lines() if "request_id" in line]
    assert answers[0].status_code == 500  # nothing is set up, and the error is logged
    assert answers[0]["X-Request-ID"] == "mine"
    assert {line["request_id"] for line in found} == {answer["X-Request-ID"] for answer in answers}
    assert answers[0].json()["code"] == "internal"


@pytest.mark.parametrize(
    "text",
    [
        "GET https://vendor.example/api?access_key=SECRET&symbols=EUR",
        "https://vendor.example/?symbols=EUR&app_id=SECRET",
        "apikey: SECRET",
        "api-key=SECRET",
        "Authorization: Token SECRET",
        "Authorization: Bearer SECRET",
        "authorization: Api-Key SECRET",
        "password is=SECRET",
        '{"apikey": "SECRET"}',
        "{'access_key': 'SECRET'}",
        'headers={"Authorization": "Token SECRET"}',
        "accessKey=SECRET",
        "ACCESS_KEY=SECRET",
    ],
)
def test_what_stands_behind_a_secrets_name_is_blotted_out(text: str) -> None:
    for event in ({"event": text}, {"event": "x", "deep": [{"url": text}]}, {"event": "x", "pair": (text,)}):
        assert "SECRET" not in str(mask_secrets(None, "", dict(event)))


@pytest.mark.parametrize("name", ["api_key", "apikey", "password", "token", "Authorization", "access_key"])
def test_a_field_that_is_called_a_secret_is_blotted_out(name: str) -> None:
    masked = mask_secrets(None, "", {"event": "x", name: "SECRET", "nested": {name: "SECRET"}})
    assert "SECRET" not in str(masked)
    assert masked[name] == "***"


def test_what_is_no_secret_stays_readable() -> None:
    event = {
        "event": "tokens are counted",
        "key": "fixer",
        "url": "https://x/?symbols=EUR",
        "age": 3,
        "api_key": "",
    }
    assert mask_secrets(None, "", dict(event)) == event


def test_a_process_without_a_terminal_logs_json_and_not_urls_of_vendors() -> None:
    program = (
        "import fxengine.settings\n"
        "import logging, structlog\n"
        "logging.getLogger('httpx').info('GET https://x/?access_key=k')\n"
        "structlog.get_logger('a').info('started')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"FX_LOG_FORMAT": "auto"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert [json.loads(line)["event"] for line in ran.stderr.splitlines()] == ["started"]
