"""Digits as people read them: rounded, cut and shifted as text, never through a float."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.house import House
from tests.page.tab import Tab

pytestmark = pytest.mark.browser
EURO = {"price_decimals": 5, "pip_position": 4}
YEN = {"price_decimals": 3, "pip_position": 2}
DONG = {"price_decimals": 1, "pip_position": 0}


@pytest.fixture(scope="module")
def tab(chromium: Browser, one_house: House) -> Iterator[Tab]:
    """Load the modules once; these tests change nothing on the page."""
    context = chromium.new_context(locale="en-US")
    yield Tab(context.new_page(), one_house.url).open()
    context.close()


def call(tab: Tab, module: str, name: str, *given: object) -> Any:
    """Call a function of one of the page's modules."""
    script = "async ([module, name, given]) => (await import(module))[name](...given)"
    return tab.page.evaluate(script, [f"fx/{module}.js", name, list(given)])


def test_it_rounds_half_to_even_and_keeps_every_digit(tab: Tab) -> None:
    for text, places, expected in [
        ("1.084365", 5, "1.08436"),
        ("1.084375", 5, "1.08438"),
        ("1.0843650000001", 5, "1.08437"),
        ("0.999999", 5, "1.00000"),
        ("1.2", 5, "1.20000"),
        ("-0.000001", 5, "0.00000"),
        ("12345678901234567890.12345", 4, "12345678901234567890.1234"),
        ("7.5", 0, "8"),
    ]:
        assert call(tab, "format", "rounded", text, places) == expected


def test_it_cuts_a_rate_where_the_pair_says(tab: Tab) -> None:
    for text, pair, expected in [
        ("1.08436123456", EURO, ["1.08", "43", "6"]),
        ("151.847", YEN, ["151.", "84", "7"]),
        ("25412.34", DONG, ["25,4", "12.", "3"]),
        ("1.25", {"price_decimals": 2, "pip_position": 2}, ["1.", "25", ""]),
    ]:
        assert call(tab, "format", "pieces", text, pair) == expected


def test_it_counts_a_spread_in_pips(tab: Tab) -> None:
    for spread, pair, expected in [
        ("0.000082", EURO, "0.8"),
        ("0.0283", YEN, "2.8"),
        ("12", DONG, "12.0"),
        ("0", EURO, "–"),
        ("0.00", EURO, "–"),
    ]:
        assert call(tab, "format", "pips", spread, pair) == expected


def test_it_orders_numbers_that_a_float_takes_for_equal(tab: Tab) -> None:
    assert call(tab, "format", "compare", "0.1000000000000000000001", "0.1") == 1
    assert call(tab, "format", "compare", "9.99", "10") == -1
    assert call(tab, "format", "compare", "-1.50", "-1.5") == 0


def test_it_reads_amounts_as_people_type_them(tab: Tab) -> None:
    for typed, expected in [
        ("1,000.50", "1000.50"),
        ("1.000,50", "1000.50"),
        ("1 000", "1000"),
        ("1,234,567", "1234567"),
        ("1k", "1000"),
        ("1.5m", "1500000"),
        ("0.00000001k", "0.00001"),
        ("12,5", "12.5"),
        (".5", "0.5"),
        ("", None),
        ("-5", None),
        ("1e3", None),
        ("١٢", None),
        (".", None),
    ]:
        assert call(tab, "amount", "plainAmount", typed) == expected, typed


def test_it_says_an_age_in_one_unit_or_two(tab: Tab) -> None:
    for elapsed, expected in [
        (-5, "0 s"),
        (999, "0 s"),
        (59_999, "59 s"),
        (252_000, "4 m 12 s"),
        (79_200_000, "22 h"),
    ]:
        assert call(tab, "format", "age", elapsed) == expected
