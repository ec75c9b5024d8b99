"""What holds for every vendor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.exchange import Exchange
from demo.tests.builders import ask, moment
from demo.tests.running import KEYS
from demo.vendors import iso_date
from demo.wire import Ask

PARAMETERS = [
    "access_key",
    "app_id",
    "apikey",
    "base",
    "base_currency",
    "symbols",
    "currencies",
    "date",
    "show_bid_ask",
]
words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["EUR", "USD,JPY", "2024-06-26", "latest", "latest.json", "historical/2024-06-26.json", "1"]
    ),
)
queries = st.dictionaries(st.sampled_from(PARAMETERS), words, max_size=4)


@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=40)
@given(path=words, query=queries, authorised=st.booleans())
def test_no_request_can_break_a_vendor(
    exchange: Exchange, key: str, path: str, query: dict[str, str], authorised: bool
) -> None:
    keyed = {**query, **KEYS[key]} if authorised else query
    answer = exchange.desks[key].vendor.answer(Ask("GET", path, keyed, {}), moment())
    assert answer.status in {200, 400, 401, 403, 404, 422}
    assert answer.body


@pytest.mark.parametrize("key", KEYS)
def test_a_moment_has_one_answer(exchange: Exchange, key: str) -> None:
    vendor = exchange.desks[key].vendor
    paths = {"ecb": "eurofxref-daily.xml", "openexchangerates": "latest.json"}
    asked = ask(paths.get(key, "latest"), **KEYS[key])
    assert vendor.answer(asked, moment()) == vendor.answer(asked, moment())


@given(st.text(max_size=12))
def test_only_real_dates_are_dates(text: str) -> None:
    day = iso_date(text)
    assert day is None or day.isoformat() == text
