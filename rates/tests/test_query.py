"""Query strings are read strictly."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from rates.errors import InvalidRequest
from rates.query import bounded_number, flag, parameters

NOT_NUMBERS = [
    "", " ", "-1", "-0", "+1", " 5", "5 ", "5\n", "1e3", "1E3", "0x10", "1_000", "1,5", "1.", ".5", "NaN",
    "nan", "sNaN", "Infinity", "inf", "-Infinity", "٣", "\uff15", "½", "1\0", "five", "1.2.3",
    "101", "100.0001", "9" * 5000, "0." + "1" * 5000, "true",
]  # fmt: skip


def asked(query: str, *, by_browser: bool = False) -> Request:
    request = Request(APIRequestFactory().get(f"/api/v1/rates?{query}"))
    request.accepted_renderer = BrowsableAPIRenderer() if by_browser else JSONRenderer()
    return request


def errors_of(query: str, *known: str, by_browser: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        parameters(asked(query, by_browser=by_browser), set(known))
    return [(error["field"], error["code"]) for error in refused.value.errors]


def test_it_gives_what_is_known_as_text() -> None:
    assert parameters(asked("a=1&b=%20x%2Fy"), {"a", "b", "c"}) == {"a": "1", "b": " x/y"}
    assert parameters(asked(""), set()) == {}


def test_it_names_everything_that_is_wrong_at_once() -> None:
    found = errors_of("pairs=1&pears=2&base=a&base=b&quotes=%00&=x", "pairs", "base", "quotes")
    assert sorted(found) == [
        ("", "unknown_parameter"),
        ("base", "repeated"),
        ("pears", "unknown_parameter"),
        ("quotes", "invalid"),
    ]


def test_a_long_name_is_not_repeated_in_full() -> None:
    ((field, _),) = errors_of("x" * 10_000 + "=1")
    assert field == "x" * 40


def test_a_browser_may_choose_its_format_and_nobody_else() -> None:
    assert parameters(asked("format=json", by_browser=True), set()) == {"format": "json"}
    assert errors_of("format=json") == [("format", "unknown_parameter")]


@pytest.mark.parametrize("text", ["0", "1", "100", "0.5", "99.999999", "007"])
def test_it_reads_plain_numbers(text: str) -> None:
    assert bounded_number({"n": text}, "n", 100) == Decimal(text)


def test_an_absent_number_is_none() -> None:
    assert bounded_number({}, "n", 100) is None


@pytest.mark.parametrize("text", NOT_NUMBERS, ids=range(len(NOT_NUMBERS)))
def test_it_refuses_other_numbers_by_name(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        bounded_number({"n": text}, "n", 100)
    assert refused.value.errors == [
        {"field": "n", "code": "invalid", "detail": "A number from 0 to 100 is needed."}
    ]


@given(st.text(max_size=25))
def test_any_text_is_a_number_in_bounds_or_refused(text: str) -> None:
    with suppress(InvalidRequest):
        number = bounded_number({"n": text}, "n", 1000)
        assert number is not None
        assert 0 <= number <= 1000


@pytest.mark.parametrize(
    ("text", "switched"),
    [("1", True), ("true", True), ("TRUE", True), ("0", False), ("false", False), (None, False)],
)
def test_it_reads_switches(text: str | None, switched: bool) -> None:
    assert flag({} if text is None else {"explain": text}, "explain") is switched


@pytest.mark.parametrize("text", ["", "2", "yes", "on", " 1", "1 ", "\uff11", "\0"])
def test_it_refuses_other_switches(text: str) -> None:
    with pytest.raises(InvalidRequest, match="explain"):
        flag({"explain": text}, "explain")
