"""Hold the ISO table to facts taken from elsewhere."""

import time
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from babel import Locale
from babel.core import get_global

from rates import currencies
from rates.currencies import CURRENCIES, UnknownCurrency, currency

NO_DECIMALS = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
NO_DECIMALS_ONCE = ["ADP", "BEF", "BYB", "BYR", "ESP", "GRD", "ITL", "LUF", "MGF", "PTE", "TRL"]
THREE_DECIMALS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
FOUR_DECIMALS = ["CLF", "UYW"]
METALS = ["XAG", "XAU", "XPD", "XPT"]
ECB_HISTORY = [
    "USD",
    "JPY",
    "BGN",
    "CYP",
    "CZK",
    "DKK",
    "EEK",
    "GBP",
    "HUF",
    "LTL",
    "LVL",
    "MTL",
    "PLN",
    "ROL",
    "RON",
    "SEK",
    "SIT",
    "SKK",
    "CHF",
    "ISK",
    "NOK",
    "HRK",
    "RUB",
    "TRL",
    "TRY",
    "AUD",
    "BRL",
    "CAD",
    "CNY",
    "HKD",
    "IDR",
    "ILS",
    "INR",
    "KRW",
    "MXN",
    "MYR",
    "NZD",
    "PHP",
    "SGD",
    "THB",
    "ZAR",
]
REPLACED_BY_THE_EURO = {
    "DEM": date(1998, 12, 31), "FRF": date(1998, 12, 31), "ITL": date(1998, 12, 31),
    "GRD": date(2000, 12, 31), "SIT": date(2006, 12, 31), "CYP": date(2007, 12, 31),
    "MTL": date(2007, 12, 31), "SKK": date(2008, 12, 31), "EEK": date(2010, 12, 31),
    "LVL": date(2013, 12, 31), "LTL": date(2014, 12, 31), "HRK": date(2022, 12, 31),
    "BGN": date(2025, 12, 31),
}  # fmt: skip


def test_it_finds_a_currency_in_any_letter_case() -> None:
    assert currency("eur") is currency("Eur") is currency("EUR")
    assert currency("EUR").name == "Euro"
    assert currency("EUR").symbol == "€"


@pytest.mark.parametrize(
    "code",
    ["", "EU", "EURO", "XXX", "XTS", "ZZZ", "E R", " EUR", "EUR\n", "978", "E\0R", "\ud800UR",
     "\u0415UR", "\u0131NR", "\u017fEK", "\u0660\u0660\u0660"],
)  # fmt: skip
def test_it_refuses_what_is_no_code(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        currency(code)
    assert refused.value.code == code


def test_it_does_not_repeat_a_long_text_in_its_message() -> None:
    assert len(str(UnknownCurrency("A" * 100_000))) < 60


def test_minor_units_are_those_of_iso_4217() -> None:
    other_than_two = {
        **dict.fromkeys(NO_DECIMALS + NO_DECIMALS_ONCE, 0),
        **dict.fromkeys(THREE_DECIMALS + METALS, 3),
        **dict.fromkeys(FOUR_DECIMALS, 4),
    }
    expected = dict.fromkeys(CURRENCIES, 2) | other_than_two
    assert {code: known.minor_units for code, known in CURRENCIES.items()} == expected


def test_cash_steps_are_those_of_cldr() -> None:
    fractions = get_global("currency_fractions")
    for known in CURRENCIES.values():
        if known.code in METALS:
            continue
        _digits, _rounding, cash_digits, cash_rounding = fractions.get(known.code, fractions["DEFAULT"])
        step = Decimal(max(cash_rounding, 1)).scaleb(-cash_digits)
        coarser = step > Decimal(1).scaleb(-known.minor_units)
        assert known.cash_step == (step if coarser else None), known.code


def test_known_cash_steps_are_written_as_people_write_them() -> None:
    steps = {"CHF": "0.05", "CAD": "0.05", "DKK": "0.5", "CZK": "1", "SEK": "1", "IQD": "1", "JPY": "None"}
    assert {code: str(currency(code).cash_step) for code in steps} == steps


def test_numeric_codes_keep_their_leading_zeros() -> None:
    assert [currency(code).numeric for code in ("ALL", "DZD", "USD")] == ["008", "012", "840"]
    assert all(len(known.numeric) == 3 and known.numeric.isdigit() for known in CURRENCIES.values())


def test_no_two_active_currencies_share_a_numeric_code() -> None:
    active = [known.numeric for known in CURRENCIES.values() if known.active]
    assert len(active) == len(set(active))


def test_it_holds_every_currency_of_the_ecb_history_and_the_metals() -> None:
    assert set(ECB_HISTORY + METALS) <= set(CURRENCIES)


@pytest.mark.parametrize(("code", "ended"), REPLACED_BY_THE_EURO.items())
def test_a_currency_ends_on_the_eve_of_the_euro(code: str, ended: date) -> None:
    assert currency(code).ended == ended
    assert not currency(code).active


def test_every_country_of_the_euro_is_listed_with_it() -> None:
    members = [
        "AT",
        "BE",
        "BG",
        "CY",
        "DE",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PT",
        "SI",
        "SK",
    ]
    assert set(members) <= set(currency("EUR").countries)


def test_recent_changes_of_the_list_are_in() -> None:
    arrived = ["XCG", "ZWG", "SLE", "VES", "VED", "MRU", "STN", "BYN", "RUB"]
    left = ["ANG", "ZWL", "SLL", "VEF", "VEF", "MRO", "STD", "BYR", "RUR", "CUC", "BGN"]
    active = {code for code in arrived + left if currency(code).active}
    assert active == set(arrived)


def test_active_means_without_an_end() -> None:
    assert all(known.active is (known.ended is None) for known in CURRENCIES.values())
    assert sum(known.active for known in CURRENCIES.values()) == 172


def test_dates_run_forwards_and_countries_are_two_letters() -> None:
    for known in CURRENCIES.values():
        assert known.started is None or known.ended is None or known.started < known.ended, known.code
        assert all(len(land) == 2 and land.isupper() for land in known.countries), known.code
        assert list(known.countries) == sorted(set(known.countries)), known.code


def test_every_active_tender_that_cldr_knows_is_in_the_table() -> None:
    territories = get_global("territory_currencies")
    uses = [use for land in territories.values() for use in land]
    tender = {code for code, _start, end, legal in uses if legal and end is None}
    assert tender <= set(CURRENCIES)
    assert tender <= set(Locale("en").currencies)


def test_names_and_symbols_are_filled_and_clean() -> None:
    for known in CURRENCIES.values():
        assert known.name == known.name.strip() != "", known.code
        assert known.symbol == known.symbol.strip() != "", known.code
        assert (known.symbol + known.name).isprintable(), known.code


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        cast("dict[str, Any]", CURRENCIES)["EUR"] = None
    with pytest.raises(FrozenInstanceError):
        currency("EUR").minor_units = 3  # type: ignore[misc]


def test_it_loads_in_a_moment() -> None:
    best = min(_seconds_to_read() for _ in range(5))
    assert best < 0.005


def _seconds_to_read() -> float:
    start = time.perf_counter()
    assert len(list(currencies._read(currencies.TABLE))) == len(CURRENCIES)
    return time.perf_counter() - start
