"""Wire the house together: settings, URLs, tasks and the pipeline."""

from fxengine.celery import app as celery_app

__all__ = ["celery_app"]
