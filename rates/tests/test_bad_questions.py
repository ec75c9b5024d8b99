"""Every wrong question about the past is refused with the name of what is wrong, and never with a failure."""

from __future__ import annotations

import base64
import json
from itertools import product

import pytest
from rest_framework.test import APIClient

from rates.cursors import write_cursor
from rates.price import Price
from rates.tests.contract import assert_problem, get

pytestmark = pytest.mark.django_db
TIMES = [
    "", "x", "%00", "2026-11-20%00", "2026-02-30", "2026-13-01", "0000-01-01", "0001-01-01", "9999-12-31",
    "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "1899-12-31", "2201-01-01", "20261120",
    "2026-W47-5", "2026-324", "26-11-20", "+2026-11-20", "-2026-11-20", "2026-11-20T14:08",
    "2026-11-20T14:08:10",
    "2026-11-20T25:00:00Z", "2026-11-20T14:60:00Z", "2026-11-20T14:08:60Z", "2026-11-20T14:08:10%2B99:00",
    "2026-11-20T14:08:10Zulu", "2026-11-20T14Z", "2026-11-20 14:08:10 UTC", "2026-11-20T14:08:10.1234567890Z",
    "1795184890", "1e9", "NaN", "today", "-1", "%D9%A2%D9%A0%D9%A2%D9%A6-11-20",
    "%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%96-11-20", "%E2%80%8B2026-11-20", "2026%E2%80%9111%E2%80%9120",
    "2026-11-20' OR 1=1--", "%F0%9F%93%85", "%ff", "2026-11-20%0d%0a", "9" * 5000,
]  # fmt: skip
DAYS = [text for text in TIMES if text not in ("1795184890", "1e9")] + ["2026-11-20T14:08:10Z"]
NUMBERS = ["", "0", "-1", "5001", "1.5", "1e2", "0x10", "1_0", "%2B5", " 5", "NaN", "Infinity", "%D9%A3",
           "%EF%BC%95", "%00", "%E2%85%A7", "9" * 400, "99999999999999999999"]  # fmt: skip
CURSORS = [
    "", "x", "%00", "a b", "%F0%9F%93%85", "=", "====", "YQ", "Yy4x.", "9" * 5000, "../../etc/passwd",
    write_cursor("x", 1), write_cursor("c"), write_cursor("c", 1, 2), write_cursor("c", 10**30),
    write_cursor("c", -(10**30)), write_cursor("p", 1), write_cursor("p", 10**30, 1), write_cursor("d", -1),
    write_cursor("d", 0), write_cursor("d", 10**9), write_cursor("d", 1, 1),
    *(base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
      for text in ("c.", "c.x", "c.+1", "c.01", "c.1_0", "c. 1", "c.\u0663", "c.\0", "c.1.5", "d.\u0661")),
    base64.urlsafe_b64encode(b"c.\xff").decode(), base64.b64encode(json.dumps({"t": 1}).encode()).decode(),
]  # fmt: skip
HISTORY, DAILY = "EUR/USD/history", "EUR/EUR/daily"
CASES = [
    *((HISTORY, "from", text) for text in TIMES),
    *((HISTORY, "to", text) for text in TIMES),
    *((HISTORY, "known_at", text) for text in TIMES),
    *((DAILY, name, text) for name, text in product(("from", "to"), DAYS)),
    *((path, name, text) for path, text in product((HISTORY, DAILY), NUMBERS) for name in ("limit",)
      if not (path == DAILY and text == "5001")),
    *((HISTORY, "hours", text) for text in [*NUMBERS, "721"]),
    *((path, "cursor", text) for path, text in product((HISTORY, DAILY), CURSORS)),
    *((HISTORY, "interval", text) for text in ("", "2m", "1M", "1H", "60", "ticks", "1m ", "%00", "1m,5m")),
    *((HISTORY, "side", text) for text in ("", "MID", "middle", "bid,ask", "%00")),
    *((DAILY, "group", text) for text in ("", "year", "DAY", "%00")),
    *((DAILY, "known_at", text) for text in TIMES[:9]),
    *(("EUR/EUR/on/2026-11-20", "on_missing", text) for text in ("", "before", "NEXT", "%00")),
    *(("EUR/EUR/on/2026-11-20", "known_at", text) for text in TIMES[:9]),
]  # fmt: skip
REVERSED = [
    (HISTORY, "from=2026-11-21&to=2026-11-20T00:00:00Z"),
    (HISTORY, "from=2026-11-20T00:00:01Z&to=2026-11-20T00:00:00Z&interval=tick"),
    (DAILY, "from=2026-11-21&to=2026-11-20"),
]


def test_the_corpus_is_large() -> None:
    assert len(CASES) > 350


def test_what_is_wrong_is_named(api: APIClient, shared_prices: dict[str, Price]) -> None:
    wrong = []
    for path, name, text in CASES:
        answer = api.get(f"/api/v1/rates/{path}?{name}={text}")
        if answer.status_code != 400:
            wrong.append((answer.status_code, path, name, text[:60]))
            continue
        problem = assert_problem(answer, 400, "invalid_request")
        assert [error["field"] for error in problem["errors"]] == [name], (path, name, text[:60])
        assert len(problem["detail"]) < 200
    assert wrong == []


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
def test_a_stream_is_refused_before_it_begins(
    api: APIClient, shared_prices: dict[str, Price], accept: str
) -> None:
    for path, name, text in [case for case in CASES if case[1] in ("cursor", "limit")]:
        answer = api.get(f"/api/v1/rates/{path}?{name}={text}", headers={"Accept": accept})
        assert_problem(answer, 400, "invalid_request")


@pytest.mark.parametrize(("path", "query"), REVERSED)
def test_a_span_that_runs_backwards_is_refused(
    api: APIClient, shared_prices: dict[str, Price], path: str, query: str
) -> None:
    problem = assert_problem(get(api, f"/api/v1/rates/{path}?{query}"), 400, "invalid_request")
    assert problem["errors"][0]["field"] == "to"


def test_hours_and_from_contradict_each_other(api: APIClient, shared_prices: dict[str, Price]) -> None:
    problem = assert_problem(
        get(api, f"/api/v1/rates/{HISTORY}?hours=2&from=2026-11-20"), 400, "invalid_request"
    )
    assert problem["errors"] == [{"field": "hours", "code": "conflict", "detail": "Give from, or hours."}]


@pytest.mark.parametrize("day", [day for day in DAYS if day not in ("", "%ff") and "%0d" not in day])
def test_a_path_without_a_day_names_the_date(
    api: APIClient, shared_prices: dict[str, Price], day: str
) -> None:
    answer = api.get(f"/api/v1/rates/EUR/EUR/on/{day}")
    problem = assert_problem(answer, 400, "invalid_request")
    assert problem["errors"][0]["field"] == "date"


@pytest.mark.parametrize(
    "query",
    ["from=2026-11-20T14:08:10.5Z", "from=2026-11-20t14:08:10z", "from=2026-11-20%2014:08:10Z",
     "to=2026-11-20T14:08Z", "from=2026-11-20T16:08:10%2B02:00", "from=1900-01-01&to=2200-12-31",
     "from=2026-11-20&to=2026-11-20", "known_at=2200-12-31", "limit=5000&hours=720", "limit=1&hours=1"],
)  # fmt: skip
def test_good_questions_are_answered(api: APIClient, shared_prices: dict[str, Price], query: str) -> None:
    assert get(api, f"/api/v1/rates/{HISTORY}?{query}").status_code == 200
