"""Write every log line through structlog: JSON for machines, plain for a terminal, secrets masked."""

from __future__ import annotations

import logging.config
import re
from typing import Any

import structlog

from providers.secrets import KEYLIKE_NAMES

_SECRET_NAME = re.compile(KEYLIKE_NAMES, re.IGNORECASE)
# The name, up to four marks such as `": "`, perhaps the scheme of a header, and then the secret.
_SECRET = re.compile(
    rf"({KEYLIKE_NAMES}\W{{1,4}}(?:(?:token|bearer|basic|api-key)\s+)?)[^\s&'\",}}]+", re.IGNORECASE
)
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
]


def mask_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blot out what stands behind a name such as `access_key`, as a field or in any text of a line."""
    return _masked_fields(event)


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
                    # It prints a traceback a second while Redis is away; the hub logs loss and return.
                    "channels_redis.pubsub": "CRITICAL",
                    "django.request": "ERROR",
                }.items()
            },
        }
    )


def _masked(shown: Any) -> Any:
    if isinstance(shown, str):
        return _SECRET.sub(r"\1***", shown)
    if isinstance(shown, dict):
        return _masked_fields(shown)
    return [_masked(inner) for inner in shown] if isinstance(shown, list | tuple) else shown


def _masked_fields(fields: dict[Any, Any]) -> dict[Any, Any]:
    return {
        name: "***" if shown and _SECRET_NAME.fullmatch(str(name)) else _masked(shown)
        for name, shown in fields.items()
    }
