"""How the pairs of vendors are named, and taken apart."""

from datetime import date

import pytest

from providers.adapters._pairs import dollar_pairs, pair_of
from providers.adapters.base import Ask


def test_every_currency_is_paired_with_the_dollar_as_the_market_does() -> None:
    wanted = frozenset({"USD", "EUR", "GBP", "AUD", "NZD", "JPY", "CHF", "XAU"})
    assert ["/".join(pair) for pair in dollar_pairs(Ask(wanted, today=date(2026, 11, 20)))] == [
        "AUD/USD",
        "USD/CHF",
        "EUR/USD",
        "GBP/USD",
        "USD/JPY",
        "NZD/USD",
        "XAU/USD",
    ]


def test_the_dollar_alone_has_no_pair() -> None:
    assert dollar_pairs(Ask(frozenset({"USD"}), today=date(2026, 11, 20))) == []


@pytest.mark.parametrize("symbol", ["EUR/USD", "EUR_USD", "EUR-USD", "EURUSD", "C:EURUSD", "C:EUR-USD"])
def test_a_symbol_is_taken_apart_however_it_is_written(symbol: str) -> None:
    assert pair_of(symbol) == ("EUR", "USD")


@pytest.mark.parametrize("symbol", ["AAPL", "DE30_EUR", "", "EUR", None, 1, "EUR/USDT"])
def test_any_other_name_is_no_pair(symbol: object) -> None:
    assert pair_of(symbol) == ("", "")
