"""Callers write pairs in a few ways, and anything else is refused by name."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rates.currencies import CURRENCIES
from rates.errors import ApiError
from rates.pairs import parse_code, parse_pair

# Lookalikes are written as escapes: Cyrillic and Greek capitals, full-width letters, other slashes.
NOT_PAIRS = [
    "", " ", "/", "EUR", "EUR/", "/USD", "EURUS", "EUR/US", "EUR/USDX", "EURUSDX", "EU/RUSD", "EUR//USD",
    "EUR USD", "EUR|USD", "EUR\\USD", "EUR.USD", " EUR/USD", "EUR/USD ", "EUR/USD\n", "\tEURUSD", "EUR/\nUSD",
    "EUR\0USD", "\0", "EUR/US\0", "\u0415UR/USD", "EUR/US\uff24", "\uff25\uff35\uff32/USD", "ευρ/USD",
    "يور/USD", "欧元/USD", "E\u0301UR/USD", "\u200bEUR/USD", "EUR\u2215USD", "EUR\u2044USD", "EUR\u2013USD",
    "€/$", "123/456", "E1R/USD", "EUR/USD,GBP/USD", "*/USD", "EUR/*", "-EURUSD", "EUR-/USD", "eur%2Fusd",
    "\ud800EUR", "😀😀😀/USD", "EUR/USD" * 1500, "A" * 10_000, "\0" * 10_000, "٣٣٣/USD",
]  # fmt: skip
NOT_CODES = [
    "", "EU", "EURO", "E R", "EUR ", " EUR", "E\0R", "123", "\u0395UR", "\u017fek", "\u0131dr", "XXX", "XTS",
    "ZZZ", "\ud800\ud800\ud800", "E" * 10_000, "欧元元", "AAA",
]  # fmt: skip


@pytest.mark.parametrize("text", ["EUR/USD", "EUR-USD", "EURUSD", "eur/usd", "Eur-uSD", "eurusd"])
def test_it_reads_the_same_pair_in_each_way_of_writing(text: str) -> None:
    assert parse_pair(text) == ("EUR", "USD")


def test_it_keeps_the_direction_and_allows_the_same_currency_twice() -> None:
    assert parse_pair("JPY/EUR") == ("JPY", "EUR")
    assert parse_pair("USD/USD") == ("USD", "USD")


@pytest.mark.parametrize("text", NOT_PAIRS, ids=range(len(NOT_PAIRS)))
def test_it_refuses_what_is_no_pair_briefly(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_pair(text)
    assert (refused.value.code, refused.value.status) == ("unknown_pair", 404)
    assert len(refused.value.detail) < 400
    assert refused.value.detail.isascii()
    assert refused.value.detail.isprintable()


@pytest.mark.parametrize(("text", "wrong"), [("EUR/ZZZ", "ZZZ"), ("ZZZ/USD", "ZZZ"), ("xts-usd", "xts")])
def test_it_names_the_currency_that_is_unknown(text: str, wrong: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_pair(text)
    assert (refused.value.code, refused.value.status) == ("unknown_currency", 404)
    assert wrong in refused.value.detail


@pytest.mark.parametrize("text", NOT_CODES, ids=range(len(NOT_CODES)))
def test_it_refuses_what_is_no_currency_briefly(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_code(text)
    assert (refused.value.code, refused.value.status) == ("unknown_currency", 404)
    assert len(refused.value.detail) < 400
    assert refused.value.detail.isprintable()


@given(st.sampled_from(sorted(CURRENCIES)), st.sampled_from(sorted(CURRENCIES)), st.sampled_from("/- "))
def test_every_pair_of_known_currencies_is_read_back(base: str, quote: str, mark: str) -> None:
    assert parse_pair(f"{base.lower()}{mark.strip()}{quote}") == (base, quote)


@given(st.text(max_size=30))
def test_any_text_is_a_pair_of_known_currencies_or_refused(text: str) -> None:
    with suppress(ApiError):
        assert set(parse_pair(text)) <= CURRENCIES.keys()
