"""All that the ECB ever fixed: published figures, days without any, ended currencies, and another's sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from io import StringIO
from random import Random
from typing import Any

import pytest
from currency_converter import CurrencyConverter, RateNotFoundError
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from demo.levels import installed_ecb_file
from providers.adapters.base import Basis, Tick
from rates.models import ReferenceRate
from rates.reference import store
from rates.reference_price import reference_price
from rates.tests.scene import shared_rows

pytestmark = pytest.mark.django_db
FILE = installed_ecb_file()
NOW = datetime(2026, 11, 20, 14, 8, 10, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _27_years(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load the file that the ECB publishes once for all tests."""
    with shared_rows(django_db_blocker):
        call_command("load_reference", "--from", str(FILE.archive), stdout=StringIO(), stderr=StringIO())
        yield


def on(symbol: str, day: str, **query: str) -> tuple[str, str]:
    """Ask for a day; give the day that stands for it and the rate, or the status and the code."""
    answer = APIClient().get(f"/api/v1/rates/{symbol}/on/{day}", query)
    body: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        return str(answer.status_code), body["code"]
    assert body["requested"] == day
    return body["date"], body["rate"]


@pytest.mark.parametrize(
    ("symbol", "day", "fixed_on", "rate"),
    [
        ("EUR/USD", "1999-01-04", "1999-01-04", "1.1789"),  # the first day
        ("EUR/JPY", "1999-12-31", "1999-12-30", "102.73"),  # a holiday, and the eve of a century
        ("EUR/USD", "2000-10-26", "2000-10-26", "0.8252"),
        ("EUR/GBP", "2002-01-01", "2001-12-28", "0.6085"),  # four days without a fixing
        ("EUR/TRL", "2004-12-31", "2004-12-31", "1836200"),  # the last day of the old lira
        ("EUR/TRY", "2005-01-03", "2005-01-03", "1.815"),  # and the first of the new one
        ("EUR/ROL", "2005-06-30", "2005-06-30", "36030"),
        ("EUR/RON", "2005-07-01", "2005-07-01", "3.603"),
        ("EUR/SIT", "2006-12-31", "2006-12-29", "239.64"),  # the last Sunday of the tolar
        ("EUR/CYP", "2007-12-31", "2007-12-31", "0.585274"),
        ("EUR/USD", "2008-07-15", "2008-07-15", "1.599"),
        ("EUR/ISK", "2008-12-20", "2008-12-09", "290"),  # eleven days into nine years of silence
        ("EUR/SKK", "2009-01-14", "2008-12-31", "30.126"),  # fourteen days after its end
        ("EUR/EEK", "2010-12-31", "2010-12-31", "15.6466"),
        ("EUR/LTL", "2015-01-10", "2014-12-31", "3.4528"),
        ("EUR/CHF", "2015-01-15", "2015-01-15", "1.028"),
        ("EUR/ISK", "2018-02-03", "2018-02-02", "125.2"),  # a Saturday after the silence
        ("EUR/RUB", "2022-03-10", "2022-03-01", "117.201"),
        ("EUR/HRK", "2022-12-31", "2022-12-30", "7.5365"),  # its last Saturday
        ("EUR/USD", "2024-04-01", "2024-03-28", "1.0811"),  # Easter Monday
        ("EUR/CNY", "2025-12-28", "2025-12-24", "8.2679"),  # Christmas
        ("EUR/BGN", "2026-01-14", "2025-12-31", "1.9558"),
        ("EUR/GBP", "2026-10-30", "2026-10-30", "0.8338"),
    ],
)  # fmt: skip
def test_a_day_has_the_figure_that_was_published(symbol: str, day: str, fixed_on: str, rate: str) -> None:
    assert on(symbol, day) == (fixed_on, rate)


@pytest.mark.parametrize(
    ("symbol", "day"),
    [
        ("EUR/USD", "1999-01-03"),  # the euro has no price yet
        ("EUR/TRY", "2004-12-31"),  # the old lira is another currency
        ("EUR/TRL", "2005-01-15"),
        ("EUR/RON", "2005-06-30"),
        ("EUR/ROL", "2005-07-15"),
        ("EUR/SIT", "2007-01-13"),
        ("EUR/ISK", "2008-12-24"),
        ("EUR/ISK", "2018-01-31"),
        ("EUR/EEK", "2011-01-15"),
        ("EUR/LVL", "2014-01-15"),
        ("EUR/LTL", "2015-01-15"),
        ("EUR/HRK", "2023-01-14"),
        ("HRK/USD", "2024-05-01"),
        ("EUR/RUB", "2022-03-16"),
        ("EUR/BGN", "2026-01-15"),
        ("BGN/USD", "2026-10-30"),
        ("EUR/INR", "2008-12-31"),
    ],
)  # fmt: skip
def test_a_currency_has_no_rate_before_it_was_fixed_nor_long_after(symbol: str, day: str) -> None:
    assert on(symbol, day) == ("404", "no_reference_rate")


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("previous", ("2025-12-24", "1.1787")),
        ("next", ("2025-12-29", "1.1766")),
        ("nearest", ("2025-12-29", "1.1766")),
        ("error", ("404", "no_reference_rate")),
    ],
)
def test_the_caller_says_which_day_stands_for_one_without_a_fixing(
    missing: str, expected: tuple[str, str]
) -> None:
    assert on("EUR/USD", "2025-12-27", on_missing=missing) == expected


def test_a_cross_takes_both_legs_of_one_day() -> None:
    """The kroon had ended and the litas had not: neither is taken from another day than the other."""
    assert on("LTL/EEK", "2011-01-05") == ("2010-12-31", crossed("15.6466", "3.4528"))
    assert on("USD/JPY", "2024-03-30") == ("2024-03-28", crossed("163.45", "1.0811"))
    assert on("USD/EUR", "2008-07-15") == ("2008-07-15", crossed("1", "1.599"))


def crossed(quote: str, base: str) -> str:
    with localcontext() as context:
        context.prec = 12
        return f"{(Decimal(quote) / Decimal(base)).normalize():f}"


def test_a_thousand_conversions_are_those_of_another_implementation() -> None:
    other, chance, checked = CurrencyConverter(str(FILE.archive), decimal=True), Random(7), 0
    codes = sorted(other.currencies)
    while checked < 1000:
        day, amount = chance.choice(FILE.days), Decimal(chance.randrange(1, 10**9)) / 100
        base, quote = chance.sample(codes, 2)
        try:
            expected = other.convert(amount, base, quote, date=day)
        except RateNotFoundError:
            continue
        price, _ = reference_price(base, quote, day, NOW)
        assert price.as_of.date() == day
        # A rate has twelve significant digits: a cross is off by half of the last at most.
        assert abs(price.convert(amount, "mid") / expected - 1) <= Decimal("5e-12")
        checked += 1


def test_every_figure_of_the_file_is_stored_once() -> None:
    figures = sum(len(FILE.rates(day)) for day in FILE.days)
    assert ReferenceRate.objects.filter(source="ecb").count() == figures
    assert ReferenceRate.objects.values("date").distinct().count() == len(FILE.days)


def test_a_correction_counts_from_when_it_was_known_and_both_stay() -> None:
    day = date(2024, 3, 28)
    midnight = datetime(2024, 3, 28, tzinfo=UTC)
    first_known = ReferenceRate.objects.stated("ecb", "EUR", "USD").get(date=day).known_at
    corrected_at = first_known + timedelta(hours=1)
    tick = Tick("ecb", "EUR", "USD", Decimal("1.0822"), midnight, Basis.DATE, corrected_at)
    assert store("ecb", [tick], corrected_at).corrected == 1

    def known(moment: datetime | None, symbol: str = "EUR/USD") -> str:
        query = {} if moment is None else {"known_at": moment.isoformat()}
        rate = on(symbol, "2024-03-30", **query)[1]
        series = APIClient().get(
            f"/api/v1/rates/{symbol}/daily", {"from": "2024-03-28", "to": "2024-03-28"} | query
        )
        assert [row["rate"] for row in series.json().get("series", [])] in ([rate], [])
        return rate

    assert known(None) == known(corrected_at) == "1.0822"
    assert known(corrected_at - timedelta(seconds=1)) == known(first_known) == "1.0811"
    assert known(None, "USD/JPY") == crossed("163.45", "1.0822")
    assert known(first_known, "USD/JPY") == crossed("163.45", "1.0811")
    assert known(first_known - timedelta(seconds=1)) == "no_reference_rate"
    rows = ReferenceRate.objects.stated("ecb", "EUR", "USD").filter(date=day).order_by("known_at")
    assert [row.rate for row in rows] == [Decimal("1.0811"), Decimal("1.0822")]
