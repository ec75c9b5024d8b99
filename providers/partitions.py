"""Keep the log of ticks in one partition per day of `as_of`: made ahead, dropped past retention.

A tick whose day has no partition goes to the default one, so that none is lost. Each change is a transaction
of its own that gives up rather than have `keep` wait, and is tried again by the next upkeep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from psycopg import errors, sql

DAYS_AHEAD = 7
_LOG, _DEFAULT = "providers_ticklog", "providers_ticklog_default"
_NAME = re.compile(rf"{_LOG}_(\d{{8}})")
_DAY = timedelta(days=1)
_BATCH = 10_000
# Any number will do that no other lock of this database has.
_UPKEEP_LOCK = 8_024_719_360
# While a change waits for its lock everybody queues behind it; once it has it, for as long as it works.
_BRIEFLY = "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '1500ms'"
_AT_LEISURE = "SET LOCAL statement_timeout = '10min'"
_PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = {name}::regclass"
_WAITING = "SELECT DISTINCT (as_of AT TIME ZONE 'UTC')::date FROM {rest} WHERE as_of >= {start}"
_MAKE = "CREATE TABLE {day} (LIKE {log} INCLUDING ALL EXCLUDING IDENTITY)"
_COPY = "INSERT INTO {day} SELECT * FROM {rest} WHERE as_of >= {start} AND as_of < {end}"
# Whoever writes must wait before it chooses a partition: with the default one chosen, it would be refused.
_LOCK = "LOCK TABLE ONLY {log} IN SHARE ROW EXCLUSIVE MODE; LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE"
_COPY_LATE = (
    "INSERT INTO {day} SELECT * FROM {rest} AS late WHERE as_of >= {start} AND as_of < {end}"
    " AND NOT EXISTS (SELECT FROM {day} AS copied WHERE copied.id = late.id)"
)
_EMPTY = "DELETE FROM {rest} WHERE as_of >= {start} AND as_of < {end}"
_ATTACH = "ALTER TABLE {log} ATTACH PARTITION {day} FOR VALUES FROM ({start}) TO ({end})"
_DROP = "DROP TABLE {day}"
_COUNT_OLD = "SELECT count(*) FROM {rest} WHERE received_at < {moment}"
_DROP_OLD = (
    "DELETE FROM {rest} WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM {rest} WHERE received_at < {moment} LIMIT {batch}))"
)
_log = structlog.get_logger(__name__)


@dataclass
class Upkeep:
    """What an upkeep did: days made and dropped, days left for the next one, and rows dropped by age."""

    made: list[date] = field(default_factory=list)
    dropped: list[date] = field(default_factory=list)
    left: list[date] = field(default_factory=list)
    rows: int = 0


def days() -> list[date]:
    """Name the days that have a partition, the earliest first."""
    found = [_NAME.fullmatch(name) for (name,) in _fetch(_PARTITIONS)]
    return sorted(date.fromisoformat(name[1]) for name in found if name)


def past(now: datetime, retention: timedelta) -> list[date]:
    """Name the days with a partition that are wholly past their retention."""
    return [day for day in days() if _start(day + _DAY) <= now - retention]


def old(moment: datetime) -> int:
    """Count the ticks without a day of their own that reached us before a moment."""
    ((count,),) = _fetch(_COUNT_OLD, moment=moment)
    return int(count)


def keep_up(now: datetime, retention: timedelta) -> Upkeep:
    """Drop what is past its retention, make the days ahead and those that ticks are waiting for.

    Safe to repeat, and beside another process that does the same.
    """
    done = Upkeep(rows=_drop_old(now - retention))
    done.dropped = _each(past(now, retention), drop, done.left)
    done.made = _each(_wanted(now, retention), make, done.left)
    return done


def make(day: date) -> bool:
    """Give a day its partition, with the ticks of it that went to the default one. False where it has one.

    They are copied before anything is locked; then only what came meanwhile is left to do.
    Raises: OperationalError when others keep the tables busy.
    """
    with transaction.atomic():
        _take_turn()
        if day in days():
            return False
        for statement in (_AT_LEISURE, _MAKE, _COPY, _BRIEFLY, _LOCK, _COPY_LATE, _EMPTY, _ATTACH):
            _run(statement, day)
    return True


def drop(day: date) -> bool:
    """Drop the partition of a day with all its ticks. False where it has none.

    Raises: OperationalError when others keep the tables busy.
    """
    with transaction.atomic():
        _take_turn()
        if day not in days():
            return False
        for statement in (_BRIEFLY, _DROP):
            _run(statement, day)
    return True


def _wanted(now: datetime, retention: timedelta) -> list[date]:
    """List the days that lack a partition: the coming ones first, then those with ticks that are kept."""
    today, kept = now.astimezone(UTC).date(), (now - retention).astimezone(UTC).date()
    coming = [today + number * _DAY for number in range(DAYS_AHEAD + 1)]
    waiting = sorted(day for (day,) in _fetch(_WAITING, start=_start(kept)))
    there = days()
    return [day for day in dict.fromkeys([*coming, *waiting]) if day not in there]


def _each(wanted: Iterable[date], change: Callable[[date], bool], left: list[date]) -> list[date]:
    """Change one day after the other; those for which the tables are too busy are left for the next time."""
    changed = []
    for day in wanted:
        try:
            if change(day):
                changed.append(day)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.QueryCanceled):
                raise
            _log.warning("tick_day_left", day=day.isoformat(), reason=str(error).strip())
            left.append(day)
    return changed


def _drop_old(moment: datetime) -> int:
    """Drop, in batches, the ticks without a day of their own that reached us before a moment."""
    dropped = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_named(_DROP_OLD, moment=moment, batch=_BATCH))
            deleted: int = cursor.rowcount
        dropped += deleted
        if deleted < _BATCH:
            return dropped


def _take_turn() -> None:
    """Wait for another process that changes partitions; ours is the turn until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_UPKEEP_LOCK])


def _run(statement: str, day: date) -> None:
    """Run a statement with the name and the bounds of a day."""
    name = sql.Identifier(f"{_LOG}_{day:%Y%m%d}")
    with connection.cursor() as cursor:
        cursor.execute(_named(statement, day=name, start=_start(day), end=_start(day + _DAY)))


def _fetch(statement: str, **parts: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_named(statement, **parts))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _named(statement: str, **parts: object) -> sql.Composed:
    """Write names and literals into a statement; DDL takes no parameters."""
    parts |= {"log": sql.Identifier(_LOG), "rest": sql.Identifier(_DEFAULT), "name": _LOG}
    return sql.SQL(statement).format(**parts)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
