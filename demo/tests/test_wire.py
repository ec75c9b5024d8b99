"""JSON, numbers and conditional requests as the vendors write them."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.tests.builders import ask
from demo.wire import Answer, Json, Num, http_date, number, render, revalidated


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        ("1.0947685", 6, "1.094769"),
        ("3.672500", 6, "3.6725"),
        ("1", 6, "1"),
        ("17563.7900001", 6, "17563.79"),
        ("100", 6, "100"),
        ("0.9240111234567", 10, "0.9240111235"),
        ("0.00024966543", 6, "0.0002496654"),
        ("0.0000099812345", 6, "0.0000099812"),
    ],
)
def test_numbers_are_rounded_and_lose_their_trailing_zeros(amount: str, places: int, text: str) -> None:
    assert number(Decimal(amount), places) == text


@given(st.decimals(min_value="0.0000001", max_value="1e7", places=12), st.integers(min_value=6, max_value=10))
def test_a_number_is_within_half_a_digit_of_its_amount(amount: Decimal, places: int) -> None:
    assert abs(Decimal(number(amount, places)) - amount) <= Decimal(1).scaleb(-places) / 2


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
nodes = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(nodes, st.sampled_from([0, 2]))
def test_what_it_renders_reads_back(node: Json, indent: int) -> None:
    assert json.loads(render(node, indent)) == node


def test_numbers_are_written_as_they_stand() -> None:
    assert (
        render({"rates": {"EUR": Num("1.10"), "BTC": Num("9.9e-6")}}) == '{"rates":{"EUR":1.10,"BTC":9.9e-6}}'
    )


def test_indented_json_looks_like_a_vendors() -> None:
    assert render({"a": {"b": 1}, "c": {}}, 2) == '{\n  "a": {\n    "b": 1\n  },\n  "c": {}\n}'


TAGGED = Answer(200, b"{}", "application/json", {"ETag": "abc", "Last-Modified": http_date(1_000_000_000)})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"if-none-match": "abc"}, 304),
        ({"if-none-match": 'x, W/abc, "y"'}, 304),
        ({"if-none-match": "abd"}, 200),
        ({"if-modified-since": http_date(1_000_000_000)}, 304),
        ({"if-modified-since": http_date(999_999_999)}, 200),
        ({"if-modified-since": http_date(1_000_000_001)}, 304),
        ({"if-none-match": "abd", "if-modified-since": http_date(1_000_000_000)}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
        ({"if-modified-since": "Mon, 01 Jan 2007 00:00:00"}, 304),
    ],
)
def test_a_client_that_has_it_gets_304(headers: dict[str, str], status: int) -> None:
    answer = revalidated(ask("latest", headers), TAGGED)
    assert answer.status == status
    assert (answer.body == b"") is (status == 304)
    assert answer.headers == TAGGED.headers


@given(st.text())
def test_no_date_header_can_break_it(text: str) -> None:
    assert revalidated(ask("latest", {"if-modified-since": text}), TAGGED).status in (200, 304)


def test_errors_are_never_revalidated() -> None:
    refused = Answer(401, b"no", "text/plain", TAGGED.headers)
    assert revalidated(ask("latest", {"if-none-match": "abc"}), refused) is refused


@pytest.mark.parametrize(
    ("text", "codes"), [("USD,GBP", ["USD", "GBP"]), (" USD , ", ["USD", ""]), ("", None), (",", None)]
)
def test_it_splits_lists_of_codes(text: str, codes: list[str] | None) -> None:
    assert ask("latest", symbols=text).codes("symbols") == codes
