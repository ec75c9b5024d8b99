"""Run Celery's command line, and tell the supervisor when the worker consumes or beat counts.

`python -m devstack.announce -A fxengine worker …` is `celery -A fxengine worker …`. Celery's own
signals know the moment whatever the log's level and format are.
"""

import os
from typing import Any

from celery.__main__ import main
from celery.signals import beat_init, worker_ready

from devstack.processes import READY_FD


def tell(**_: Any) -> None:
    """Say it once."""
    descriptor = os.environ.pop(READY_FD, None)
    if descriptor is not None:
        os.write(int(descriptor), b"ready\n")
        os.close(int(descriptor))


if __name__ == "__main__":
    worker_ready.connect(tell)
    beat_init.connect(tell)
    main()
