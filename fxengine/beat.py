"""Send tasks on time even after the clock was set back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler

from providers.schedule import forget_future_runs

_STEP = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    """Start over when the time is earlier than it was, or than a task's last run.

    The last runs are stored: without this nothing is sent until the old time has come again, not even by a
    beat that was started anew.
    """

    _ticked: datetime | None = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; look at the clock first."""
        now = timezone.now()
        if self._ticked is None or now < self._ticked - _STEP:
            self._start_over(now)
        else:
            self._ticked = now
        delay: float = super().tick(*args, **kwargs)
        return delay

    def _start_over(self, now: datetime) -> None:
        """Read the schedule anew, without runs that have not been yet; with the database away, next time."""
        try:
            forgotten = forget_future_runs(now)
        except (DatabaseError, InterfaceError) as error:
            _log.warning("beat_not_reset", error=type(error).__name__)
            return
        if forgotten:
            _log.warning("clock_was_set_back", tasks=forgotten)
        self._dirty.clear()
        self._initial_read, self._last_timestamp, self._heap = True, None, None
        self._ticked = now
