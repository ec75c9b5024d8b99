"""Offer the engines: `Postgres` and `Valkey`, each startable, restartable and killable on its own."""

from devstack.binaries import EngineMissingError
from devstack.engine import Engine, EngineError
from devstack.postgres import Postgres
from devstack.valkey import Valkey

__all__ = ["Engine", "EngineError", "EngineMissingError", "Postgres", "Valkey"]
