"""Hold the parser to what it must refuse, and to giving back what was written."""

import io
import json
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxengine.parsers import MAX_BYTES, MAX_DEPTH, Number, StrictJSONParser, parse_json
from rates.errors import ApiError

REFUSED = {
    "empty": b"",
    "blank": b"  ",
    "cut off": b'{"a": ',
    "single quotes": b"{'a': 1}",
    "trailing comma": b'{"a": 1,}',
    "comment": b'{"a": 1} // one',
    "two texts": b'{"a": 1}{"b": 2}',
    "bare word": b"from",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "minus Infinity": b'{"a": -Infinity}',
    "plus sign": b'{"a": +1}',
    "leading zero": b'{"a": 01}',
    "bare point": b'{"a": .5}',
    "hexadecimal": b'{"a": 0x10}',
    "underscore": b'{"a": 1_000}',
    "arabic digits": '{"a": \u0661}'.encode(),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "encoded surrogate": b'{"a": "\xed\xa0\x80"}',
    "lone surrogate": rb'{"a": "\ud800"}',
    "lone low surrogate": rb'{"a": ["x", {"b": "\udfff"}]}',
    "surrogate in a name": rb'{"\ud800": 1}',
    "escaped NUL": rb'{"a": "1\u0000"}',
    "NUL in a name": rb'{"\u0000": 1}',
    "NUL alone": rb'"\u0000"',
    "raw NUL": b'{"a": "\x00"}',
    "raw newline in a text": b'{"a": "\n"}',
    "duplicate": b'{"a": 1, "a": 2}',
    "duplicate below": b'{"x": [{"a": 1, "a": 1}]}',
    "duplicate by escape": rb'{"a": 1, "\u0061": 2}',
    "depth bomb": b"[" * 60_000,
    "closed depth bomb": b"[" * 30_000 + b"]" * 30_000,
    "depth bomb of objects": b'{"a":' * 10_000,
    "33 levels": b"[" * 33 + b"]" * 33,
    "33 levels after a quote": b'["\\"", ' + b"[" * 32 + b"]" * 33,
    "a backslash before a bracket": b"\\[" * 100,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_it_refuses(body: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        parse_json(body)
    assert (refused.value.code, refused.value.status) == ("invalid_request", 400)


def test_it_names_the_field_that_stands_twice() -> None:
    with pytest.raises(ApiError) as refused:
        parse_json(b'{"amount": 1, "amount": 2}')
    assert [error["field"] for error in refused.value.errors] == ["amount"]


def test_it_reads_32_levels() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


def test_brackets_inside_a_text_are_no_levels() -> None:
    assert parse_json(json.dumps(["[{" * 100 + '"' + "\\"]).encode()) == ["[{" * 100 + '"' + "\\"]


@pytest.mark.parametrize(
    "number", ["1", "-0", "1084.361000", "0.1", "0.00000001", "1E+1000000", "9" * 4000, "1e-7", "1.10"]
)
def test_a_number_stays_as_it_was_written(number: str) -> None:
    parsed = parse_json(f'{{"amount": {number}}}'.encode())["amount"]
    assert isinstance(parsed, Number)
    assert parsed == number


def test_a_text_a_truth_and_null_stay_what_they_are() -> None:
    parsed = parse_json(b'{"a": "1", "b": true, "c": null, "d": [], "e": {}}')
    assert parsed == {"a": "1", "b": True, "c": None, "d": [], "e": {}}
    assert type(parsed["a"]) is str


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json(rb'"\ud83d\ude00"') == "\U0001f600"


def test_it_takes_64_kilobytes_and_not_a_byte_more() -> None:
    fits = b'"' + b"x" * (MAX_BYTES - 2) + b'"'
    assert len(_parse(fits)) == MAX_BYTES - 2
    with pytest.raises(ApiError) as refused:
        _parse(fits + b" ")
    assert (refused.value.code, refused.value.status) == ("payload_too_large", 413)


def test_it_reads_no_more_of_a_huge_body_than_it_must() -> None:
    stream = io.BytesIO(b" " * 10_000_000)
    with pytest.raises(ApiError):
        StrictJSONParser().parse(stream)
    assert stream.tell() == MAX_BYTES + 1


@pytest.mark.parametrize("unit", [b'"', b'\\"', b"[", b'{"":', b"\\", b"1,", b'["', b'"\\u0000",'])
def test_the_worst_64_kilobytes_are_read_in_a_moment(unit: bytes) -> None:
    body = unit * (MAX_BYTES // len(unit))
    start = time.perf_counter()
    with pytest.raises(ApiError):
        parse_json(body)
    assert time.perf_counter() - start < 0.5


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(json_texts)
def test_it_reads_whatever_is_plain_json(content: Any) -> None:
    assert _as_decimals(parse_json(json.dumps(content).encode())) == content


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ApiError):
        parse_json(body)


def _parse(body: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(body), "application/json", {})


def _as_decimals(node: Any) -> Any:
    if isinstance(node, Number):
        return Decimal(node)
    if isinstance(node, dict):
        return {name: _as_decimals(part) for name, part in node.items()}
    return [_as_decimals(part) for part in node] if isinstance(node, list) else node
