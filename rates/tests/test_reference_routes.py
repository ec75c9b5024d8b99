"""Reference rates of sources whose money changed, that state pairs both ways, or that have ended."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from rates.errors import ApiError
from rates.reference_reads import series
from rates.tests.scene import provider
from rates.tests.test_reference_reads import FRIDAY, MONDAY, NOW, TODAY, fix, on, span
from rates.tests.walk import nearly

pytestmark = pytest.mark.django_db
LIRA = date(2004, 12, 30)


def test_what_is_stated_both_ways_is_answered_digit_by_digit_both_ways() -> None:
    fix(FRIDAY, "boc", USD_CAD="1.4090", CAD_USD="0.7097", AUD_CAD="0.91")
    provider("boc")
    assert f"{on('USD/CAD', FRIDAY).rate:f}" == "1.409"
    assert f"{on('CAD/USD', FRIDAY).rate:f}" == "0.7097"
    assert on("AUD/USD", FRIDAY).rate == nearly(Fraction("0.91") * Fraction("0.7097"))


@pytest.fixture
def old_and_new_money() -> None:
    """Store what the Turkish and the Lithuanian bank said before and after their money changed."""
    fix(LIRA, "tcmb", AUD_TRL="1045000", USD_TRL="1345000")
    fix(FRIDAY, "tcmb", AUD_TRY="27.1", USD_TRY="42.2")
    fix(LIRA, "lb_lt", AED_LTL="0.77", ZMW_LTL="0.4", EUR_LTL="3.4528")
    fix(FRIDAY, "lb_lt", EUR_AED="4.2", EUR_ZMW="26")
    for priority, key in enumerate(("tcmb", "lb_lt")):
        provider(key, priority=priority)


@pytest.mark.parametrize(
    ("symbol", "then", "now"),
    [
        ("AUD/USD", Fraction(1045000, 1345000), Fraction("27.1") / Fraction("42.2")),
        ("AED/ZMW", Fraction("0.77") / Fraction("0.4"), Fraction("26") / Fraction("4.2")),
        ("AED/EUR", Fraction("0.77") / Fraction("3.4528"), 1 / Fraction("4.2")),
    ],
)
def test_a_source_that_changed_its_money_is_read_through_that_of_the_day(
    old_and_new_money: None, symbol: str, then: Fraction, now: Fraction
) -> None:
    expected = [(LIRA, nearly(then)), (FRIDAY, nearly(now))]
    assert [(on(symbol, day).day, on(symbol, day).rate) for day in (LIRA, FRIDAY)] == expected
    for chunk in (1, 1000):
        found = series(symbol[:3], symbol[4:], LIRA, TODAY).between(LIRA, TODAY, chunk)
        assert [(each.day, each.rate) for each in found] == expected


def test_money_of_two_times_is_never_crossed(old_and_new_money: None) -> None:
    for symbol in ("TRL/TRY", "USD/TRL"):
        with pytest.raises(ApiError):
            on(symbol, FRIDAY)
    assert span("TRL/TRY", LIRA, TODAY) == []


def test_another_source_answers_where_the_first_has_ended_but_none_is_mixed_in() -> None:
    ended = FRIDAY - timedelta(days=30)
    fix(ended, EUR_BGN="1.9558", EUR_USD="1.1")
    fix(FRIDAY, EUR_USD="1.2")
    with pytest.raises(ApiError, match="nor in the 14 days before it"):
        on("USD/BGN", FRIDAY)
    fix(FRIDAY, "boc", BGN_CAD="0.8", USD_CAD="1.4")
    provider("boc")
    assert on("USD/BGN", FRIDAY).rate == nearly(Fraction("1.75"))
    assert series("EUR", "USD", FRIDAY, FRIDAY).source == "ecb"
    assert series("USD", "BGN", FRIDAY, FRIDAY).source == "boc"
    whole = series("USD", "BGN", ended, FRIDAY)
    assert (whole.source, [each.day for each in whole.between(ended, FRIDAY)]) == ("ecb", [ended])


def test_legs_that_no_day_has_both_of_leave_the_pair_to_another_source() -> None:
    fix(FRIDAY, EUR_USD="1.1")
    fix(MONDAY, EUR_ISK="140")
    fix(FRIDAY, "boc", ISK_CAD="0.01", USD_CAD="1.4")
    provider("boc")
    assert series("USD", "ISK", FRIDAY, MONDAY).source == "boc"


def test_a_source_answers_only_with_what_was_known_then() -> None:
    fix(FRIDAY, "boc", USD_CAD="1.4")
    provider("boc")
    fix(FRIDAY, at=NOW + timedelta(hours=1), EUR_USD="1.1", EUR_CAD="1.6")
    assert on("USD/CAD", FRIDAY, known_by=NOW).rate == Decimal("1.4")
    assert on("USD/CAD", FRIDAY).rate == nearly(Fraction("1.6") / Fraction("1.1"))
