"""Lend the bench engines of its own, durable as in service, and Django on them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from devstack import variables
from devstack.engines import Postgres, Valkey


@contextmanager
def house() -> Iterator[None]:
    """Set Django up on an empty database of the product, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fx-bench-"))
    postgres, valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
    try:
        with postgres, valkey:
            shell = {name: text for name, text in os.environ.items() if not variables.is_ours(name)}
            addresses = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
            os.environ.clear()
            os.environ.update(shell | variables.for_tests(addresses) | {"FX_LOG_FORMAT": "json"})
            django.setup()
            call_command("migrate", interactive=False, verbosity=0)
            yield
    finally:
        postgres.erase()
        shutil.rmtree(folder, ignore_errors=True)
