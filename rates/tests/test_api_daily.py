"""Daily reference rates as the API answers them: one day, and series as JSON, CSV and NDJSON."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from rates.tests.contract import assert_problem, get, rows_of
from rates.tests.test_reference_reads import FRIDAY, MONDAY, NOW, fix
from rates.tests.walk import nearly

pytestmark = pytest.mark.django_db
V1 = "/api/v1/rates"
EUR_USD = f"{V1}/EUR/USD"


@pytest.fixture(autouse=True)
def _week() -> None:
    """Fix ten days in two weeks of November 2026."""
    for number in range(12):
        day = date(2026, 11, 2) + timedelta(days=number)
        if day.weekday() < 5:
            fix(day, EUR_USD=f"1.08{number:02}", EUR_JPY=f"{160 + number}")


def pages(api: APIClient, path: str, query: dict[str, Any]) -> list[list[Any]]:
    """Follow `next` to its end."""
    found, answer = [], get(api, path, query)
    while True:
        body = answer.json()
        found.append(body["series"])
        if body["next"] is None:
            return found
        answer = get(api, body["next"].removeprefix("http://testserver"))


def test_a_day_says_what_was_asked_for_and_which_day_answers(api: APIClient) -> None:
    assert get(api, f"{EUR_USD}/on/2026-11-08").json() == {
        "base": "EUR",
        "quote": "USD",
        "symbol": "EUR/USD",
        "requested": "2026-11-08",
        "date": "2026-11-06",
        "rate": "1.0804",
        "source": "ecb",
        "environment": "demo",
    }
    nearest = get(api, f"{V1}/usd/eur/on/2026-11-08", {"on_missing": "nearest"}).json()
    assert (nearest["date"], nearest["rate"]) == ("2026-11-09", f"{nearly(1 / Fraction('1.0807')):f}")


def test_a_currency_itself_has_no_source(api: APIClient) -> None:
    body = get(api, f"{V1}/CHF/CHF/on/2026-11-08").json()
    assert (body["rate"], body["date"], body["source"]) == ("1", "2026-11-08", None)


def test_in_live_operation_a_reference_rate_carries_no_mark(api: APIClient, settings: Settings) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    assert "environment" not in get(api, f"{EUR_USD}/on/2026-11-08").json()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("EUR/USD/on/2026-10-30", "no_reference_rate"),
        ("EUR/USD/on/2026-11-08?on_missing=error", "no_reference_rate"),
        ("EUR/USD/on/2200-01-01", "no_reference_rate"),
        ("EUR/VND/on/2026-11-06", "no_reference_rate"),
        ("EUR/VND/daily", "no_reference_rate"),
        ("EUR/ZZZ/on/2026-11-06", "unknown_currency"),
        ("EUR/ZZZ/daily", "unknown_currency"),
    ],
)
def test_what_has_no_rate_is_not_found(api: APIClient, path: str, code: str) -> None:
    assert_problem(get(api, f"{V1}/{path}"), 404, code)


def test_a_series_has_every_fixing_of_its_days_both_ends_included(api: APIClient) -> None:
    body = get(api, f"{V1}/USD/JPY/daily", {"from": "2026-11-05", "to": "2026-11-09"}).json()
    assert list(body) == ["base", "quote", "group", "series", "next"]
    assert (body["base"], body["quote"], body["group"], body["next"]) == ("USD", "JPY", "day", None)
    assert [row["date"] for row in body["series"]] == ["2026-11-05", "2026-11-06", "2026-11-09"]
    assert body["series"][0]["rate"] == f"{nearly(163 / Fraction('1.0803')):f}"


def test_a_series_without_a_span_is_that_of_a_year(api: APIClient) -> None:
    today = timezone.now().date()
    for age in (0, 365, 366):
        fix(today - timedelta(days=age), at=timezone.now(), EUR_SEK=f"{age + 1}")
    assert [row["rate"] for row in get(api, f"{V1}/EUR/SEK/daily").json()["series"]] == ["366", "1"]
    after = get(api, f"{V1}/EUR/SEK/daily", {"from": "2200-01-01"}).json()
    assert after["series"] == []


@pytest.mark.parametrize(
    ("group", "expected"), [("week", ["2026-11-06", "2026-11-13"]), ("month", ["2026-11-13"])]
)
def test_a_series_by_week_or_month_has_the_last_fixing_of_each(
    api: APIClient, group: str, expected: list[str]
) -> None:
    query = {"from": "2026-11-01", "to": "2026-11-30", "group": group}
    assert [row["date"] for row in get(api, f"{EUR_USD}/daily", query).json()["series"]] == expected
    assert pages(api, f"{EUR_USD}/daily", query | {"limit": "1"}) == [
        [row] for row in get(api, f"{EUR_USD}/daily", query).json()["series"]
    ]


def test_pages_hold_everything_once_also_while_rates_arrive(api: APIClient) -> None:
    query = {"from": "2026-11-03", "to": "2026-11-12"}
    whole = get(api, f"{EUR_USD}/daily", query).json()["series"]
    assert len(whole) == 8
    found = pages(api, f"{EUR_USD}/daily", query | {"limit": "3"})
    assert [len(page) for page in found] == [3, 3, 2]
    assert [row for page in found for row in page] == whole
    following = get(api, f"{EUR_USD}/daily", query | {"limit": "3"}).json()["next"]
    fix(date(2026, 11, 2), at=timezone.now(), EUR_USD="9")
    fix(date(2026, 11, 13), at=timezone.now(), EUR_USD="9")
    assert get(api, following.removeprefix("http://testserver")).json()["series"] == whole[3:6]
    assert parse_qs(urlsplit(following).query).keys() == {"from", "to", "limit", "cursor"}


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
@pytest.mark.parametrize("more", [{}, {"group": "week"}, {"from": "2000-01-01", "to": "2000-01-02"}])
def test_csv_and_ndjson_say_what_json_says(api: APIClient, accept: str, more: dict[str, str]) -> None:
    query = {"from": "2026-11-01", "to": "2026-11-30"} | more
    answer = api.get(f"{V1}/USD/JPY/daily", query, headers={"Accept": accept})
    assert answer["Content-Type"].startswith(accept)
    assert "Accept" in answer["Vary"]
    assert rows_of(answer) == get(api, f"{V1}/USD/JPY/daily", query).json()["series"]


def test_a_stream_may_be_cut_and_gone_on_with(api: APIClient) -> None:
    query = {"from": "2026-11-03", "to": "2026-11-12", "limit": "3"}
    following = get(api, f"{EUR_USD}/daily", query).json()["next"].removeprefix("http://testserver")
    answer = api.get(following, headers={"Accept": "text/csv"})
    assert [row["date"] for row in rows_of(answer)] == ["2026-11-06", "2026-11-09", "2026-11-10"]


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
def test_a_problem_stays_a_problem_whatever_was_accepted(api: APIClient, accept: str) -> None:
    for path, status, code in (("EUR/VND/daily", 404, "no_reference_rate"),
                               ("EUR/USD/daily?cursor=x", 400, "invalid_request")):  # fmt: skip
        assert_problem(api.get(f"{V1}/{path}", headers={"Accept": accept}), status, code)


def test_a_head_request_of_a_stream_reads_nothing(api: APIClient) -> None:
    answer = api.head(f"{EUR_USD}/daily", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_it_answers_with_what_was_known_then(api: APIClient) -> None:
    fix(FRIDAY, at=NOW + timedelta(minutes=1), EUR_USD="2")
    moments = {"2026-11-20T16:00:00Z": "1.0811", "2026-11-20T17:00:30%2B01:00": "1.0811",
               "2026-11-20T16:01:00.000Z": "2"}  # fmt: skip
    for moment, rate in moments.items():
        assert get(api, f"{EUR_USD}/on/{FRIDAY}?known_at={moment}").json()["rate"] == rate
        day = f"from={FRIDAY}&to={MONDAY}"
        assert get(api, f"{EUR_USD}/daily?{day}&known_at={moment}").json()["series"][0]["rate"] == rate
    before = get(api, f"{EUR_USD}/on/{FRIDAY}?known_at=2026-11-20")
    assert_problem(before, 404, "no_reference_rate")


@pytest.mark.parametrize("path", [f"{EUR_USD}/on/2026-11-06", f"{EUR_USD}/daily?from=2026-11-01"])
def test_a_reader_who_has_the_newest_gets_304(api: APIClient, path: str) -> None:
    first = get(api, path)
    again = get(api, path, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    fix(date(2026, 11, 6), at=timezone.now(), EUR_USD="3")
    assert get(api, path, **{"If-None-Match": first["ETag"]}).status_code == 200
