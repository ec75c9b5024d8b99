"""Set up Celery: its settings are Django's, its log lines structlog's."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, task_prerun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fxengine.settings")

app = Celery("fxengine")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Tell Celery that logging is set up already."""


@task_prerun.connect
def bind_task(task_id: str = "", **_: Any) -> None:
    """Bind the task's id to every log line it writes."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id)


@worker_ready.connect
def poll_at_once(**_: Any) -> None:
    """Poll every source when a worker starts, instead of an interval later."""
    structlog.get_logger(__name__).info("worker_ready")
    app.send_task("fxengine.tasks.poll_all")


@beat_init.connect
def say_ready(**_: Any) -> None:
    """Log that the scheduler runs."""
    structlog.get_logger(__name__).info("beat_ready")
