"""Stream rows as CSV or as one JSON object a line: a list of any length takes the memory of a batch."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

BATCH = 1000
Row = Mapping[str, Any]


class CsvRenderer(JSONRenderer):
    """Offer CSV. Views stream their rows themselves; what comes here is a problem, and that is JSON."""

    media_type = "text/csv"
    format = "csv"


class NdjsonRenderer(JSONRenderer):
    """Offer one JSON object a line, in the same way."""

    media_type = "application/x-ndjson"
    format = "ndjson"


STREAMED = {
    CsvRenderer.format: "text/csv; charset=utf-8; header=present",
    NdjsonRenderer.format: "application/x-ndjson",
}


class RowStream(StreamingHttpResponse):
    """Send rows batch by batch; each is read when the one before it has been taken."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read each batch in the request's thread: the event loop is free meanwhile."""
        batches = iter(self)
        while batch := await sync_to_async(_next)(batches):
            yield batch


def _next(batches: Iterator[bytes]) -> bytes:
    """Read one batch; empty when all are read."""
    return next(batches, b"")


def stream(format_name: str, columns: Sequence[str], rows: Iterable[Row]) -> RowStream:
    """Answer with rows in one of the streamed formats; the first batch is read before the answer begins.

    A failure after it ends the connection within the answer, so that half a list never looks whole.
    """
    lines = _csv(columns, rows) if format_name == CsvRenderer.format else _ndjson(rows)
    batches = _batches(lines)
    first = list(islice(batches, 1))
    headers = {"Cache-Control": "no-cache"}
    return RowStream(chain(first, batches), content_type=STREAMED[format_name], headers=headers)


def _batches(lines: Iterator[str]) -> Iterator[bytes]:
    """Join lines; while a slow reader takes a batch, another request may use the connection."""
    while batch := "".join(islice(lines, BATCH)):
        if not connection.in_atomic_block:
            close_old_connections()
        yield batch.encode()


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([_cell(row[column]) for column in columns])


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(content: Any) -> str:
    """Write a cell as JSON would, without the quotes of a text."""
    return content if isinstance(content, str) else json.dumps(content)


def _ndjson(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, separators=(",", ":")) + "\n"
