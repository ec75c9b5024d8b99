"""Rows are streamed in the memory of a batch, as fast as they are taken, and never half without a sign."""

from __future__ import annotations

import asyncio
import csv
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import connections

from rates.renderers import BATCH, RowStream, stream

# Between batches connections are looked at, whoever opened them before.
pytestmark = pytest.mark.django_db
FORMATS = pytest.mark.parametrize("name", ["csv", "ndjson"])
COLUMNS = ("t", "rate", "n", "complete")


def row(number: int) -> dict[str, Any]:
    return {"t": f"2026-11-{number:020}", "rate": "1.084361", "n": number, "complete": number % 2 == 0}


class Rows:
    """Count how many rows were taken."""

    def __init__(self, total: int) -> None:
        self.total, self.taken = total, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number in range(self.total):
            self.taken += 1
            yield row(number)


def whole(answer: RowStream) -> str:
    return b"".join(answer.streaming_content).decode()  # type: ignore[arg-type]


def test_csv_has_a_line_of_names_and_json_words() -> None:
    text = whole(stream("csv", COLUMNS, [row(1), row(2)]))
    assert text.splitlines()[0] == "t,rate,n,complete"
    assert [each["complete"] for each in csv.DictReader(text.splitlines())] == ["false", "true"]
    assert text.endswith("\r\n")


def test_ndjson_has_one_object_a_line() -> None:
    lines = whole(stream("ndjson", COLUMNS, [row(1), row(2)])).splitlines()
    assert [json.loads(line) for line in lines] == [row(1), row(2)]


def test_nothing_is_a_line_of_names_or_nothing() -> None:
    assert whole(stream("csv", COLUMNS, [])) == "t,rate,n,complete\r\n"
    assert whole(stream("ndjson", COLUMNS, [])) == ""


@FORMATS
def test_a_server_on_the_event_loop_takes_the_same_batch_by_batch(name: str) -> None:
    rows = Rows(5 * BATCH)

    async def read() -> tuple[list[bytes], list[int]]:
        parts, taken = [], []
        answer: AsyncIterator[bytes] = aiter(stream(name, COLUMNS, rows))
        async for part in answer:
            parts.append(part)
            taken.append(rows.taken)
        return parts, taken

    parts, taken = asyncio.run(read())
    assert b"".join(parts).decode() == whole(stream(name, COLUMNS, Rows(5 * BATCH)))
    assert len(parts) in (5, 6)
    assert all(count <= BATCH * (number + 1) for number, count in enumerate(taken))


@FORMATS
def test_twenty_times_the_rows_take_no_more_memory(name: str) -> None:
    peaks = []
    for total in (2 * BATCH, 40 * BATCH):
        tracemalloc.start()
        assert sum(len(part) for part in stream(name, COLUMNS, Rows(total))) > 40 * total
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] < 2_000_000


def broken(after: int) -> Iterator[dict[str, Any]]:
    yield from (row(number) for number in range(after))
    raise ConnectionError("the database is away")


@FORMATS
def test_a_failure_within_the_rows_ends_the_answer_without_an_end(name: str) -> None:
    answer = stream(name, COLUMNS, broken(3 * BATCH))
    with pytest.raises(ConnectionError):
        whole(answer)


@FORMATS
def test_a_failure_in_the_first_batch_comes_before_the_answer(name: str) -> None:
    with pytest.raises(ConnectionError):
        stream(name, COLUMNS, broken(3))


@pytest.mark.django_db(transaction=True)
def test_the_served_application_sends_a_long_series_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in production, where a pool takes connections back: none is left open by the request's thread.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    headers = [(b"host", b"localhost"), (b"accept", b"application/x-ndjson")]
    scope = {"type": "http", "method": "GET", "path": "/api/v1/rates/EUR/EUR/daily", "headers": headers,
             "query_string": b"from=1999-01-01&to=2008-12-31"}  # fmt: skip

    async def read() -> list[bytes]:
        served = ApplicationCommunicator(get_asgi_application(), scope)
        await served.send_input({"type": "http.request", "body": b""})
        assert (await served.receive_output(10))["status"] == 200
        parts: list[bytes] = []
        while (message := await served.receive_output(10)).get("more_body"):
            parts.append(message["body"])
        return parts

    parts = asyncio.run(read())
    assert len(parts) == 4
    days = [json.loads(line)["date"] for line in b"".join(parts).splitlines()]
    assert (days[0], days[-1], len(days)) == ("1999-01-01", "2008-12-31", 3653)
