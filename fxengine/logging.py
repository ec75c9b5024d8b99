"""Write every log line through structlog: JSON for machines, plain for a terminal, secrets masked."""

from __future__ import annotations

import logging.config
import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

_SECRET_NAMES = re.compile(
    r"(?i)((?:api[_-]?key|access[_-]key|app[_-]id|apikey|token|password|secret|authorization)\W{1,3})([^\s&'\",}]+)"
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
]


def mask_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blot out what stands behind a name such as `access_key=` in any text of a line."""
    return {key: _masked(shown) for key, shown in event.items()}


def configure(form: str, terminal: bool) -> None:
    """Set up structlog and the standard library's logging; `form` is auto, json or console."""
    console = form == "console" or (form == "auto" and terminal)
    renderer = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(default=str)
    ending: list[Any] = [structlog.processors.format_exc_info, mask_secrets]
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending, renderer],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                name: {"level": level}
                for name, level in {
                    # These print whole URLs, keys and task arguments at INFO.
                    "httpx": "WARNING",
                    "httpcore": "WARNING",
                    "celery.worker.strategy": "WARNING",
                    "celery.app.trace": "WARNING",
                    "django_celery_beat": "WARNING",
                    "celery.beat": "WARNING",
                    "uvicorn.access": "WARNING",
                    "django.request": "ERROR",
                }.items()
            },
        }
    )


@sync_and_async_middleware
def request_context(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Give every request an id, the caller's if valid, and bind it to every log line of the request."""

    async def answer_later(request: HttpRequest) -> HttpResponseBase:
        request_id = _bind(request)
        return _stamp(await get_response(request), request_id)

    def answer(request: HttpRequest) -> HttpResponseBase:
        request_id = _bind(request)
        return _stamp(get_response(request), request_id)

    return answer_later if iscoroutinefunction(get_response) else answer


def _bind(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def _stamp(response: HttpResponseBase, request_id: str) -> HttpResponseBase:
    response["X-Request-ID"] = request_id
    return response


def _masked(shown: Any) -> Any:
    if isinstance(shown, str):
        return _SECRET_NAMES.sub(r"\1***", shown)
    if isinstance(shown, dict):
        return {key: _masked(inner) for key, inner in shown.items()}
    return [_masked(inner) for inner in shown] if isinstance(shown, list | tuple) else shown
