"""How the numbers, days and moments of vendors are read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from providers.adapters._reading import comma, day, decimal, instant, moment, rate
from providers.adapters.base import Category, ProviderError

MOMENT = datetime(2026, 11, 20, 14, 8, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.08430", "1.08430"), (" 1.5 ", "1.5"), ("1.03952e-5", "0.0000103952"), (Decimal(3), "3"), (0, "0")],
)
def test_a_number_keeps_its_digits(text: object, number: str) -> None:
    assert str(decimal(text)) == str(Decimal(number))


@pytest.mark.parametrize("text", ["", "x", "1,5", "NaN", "Infinity", None, True, [], "1e999999", "1e-999999"])
def test_what_is_no_number_is_a_bad_body(text: object) -> None:
    with pytest.raises(ProviderError) as caught:
        decimal(text)
    assert caught.value.category is Category.BAD_BODY


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("81,0517", "81.0517"),
        ("1 234,56", "1234.56"),
        ("1\xa0234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1.234.567,8", "1234567.8"),
        ("1,234.56", "1234.56"),
        ("1,234,567.8", "1234567.8"),
        ("13.377", "13.377"),
        ("100", "100"),
        (None, ""),
    ],
)
def test_a_decimal_comma_becomes_a_point(text: str | None, pointed: str) -> None:
    assert comma(text) == pointed


@pytest.mark.parametrize("text", ["1,234,567", "1.2,3.4", "1,2.3,4"])
def test_a_number_with_two_decimal_marks_is_none(text: str) -> None:
    with pytest.raises(ProviderError):
        decimal(comma(text))


@pytest.mark.parametrize(
    ("stated", "per", "found"),
    [
        ("6.1065", 100, "0.061065"),
        ("32.3327", "10000", "0.00323327"),
        ("1.2", Decimal("1000.0"), "0.0012"),
        ("2.5", 1, "2.5"),
        ("108.43", "100", "1.0843"),
    ],
)
def test_a_rate_is_for_one_unit(stated: str, per: object, found: str) -> None:
    assert rate(stated, per) == Decimal(found)


@pytest.mark.parametrize("stated", [None, "", " ", "-", ".", "N/A", "n/a"])
def test_no_rate_is_said_in_many_ways(stated: object) -> None:
    assert rate(stated, 100) is None


@pytest.mark.parametrize("per", [0, -1, "", "many", None])
def test_a_rate_for_no_units_is_a_bad_body(per: object) -> None:
    with pytest.raises(ProviderError):
        rate("1.5", per)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-11-20", ""),
        ("20.11.2026", "%d.%m.%Y"),
        ("20 November 2026", "%d %B %Y"),
        (" 20 Nov 2026", "%d %b %Y"),
    ],
)
def test_a_day_is_read_in_the_form_of_its_vendor(text: str, form: str) -> None:
    assert day(text, form) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "form"), [("20.11.2026", ""), (None, ""), ("2026-13-01", ""), ("x", "%d.%m.%Y")]
)
def test_no_day_is_a_bad_body(text: object, form: str) -> None:
    with pytest.raises(ProviderError):
        day(text, form)


@pytest.mark.parametrize(
    ("count", "per_second", "microsecond"),
    [
        (1795183686, 1, 0),
        ("1795183686.25", 1, 250_000),
        (1795183686123, 1_000, 123_000),
        ("1795183686123", 1_000, 123_000),
        (1795183686123456789, 1_000_000_000, 123_456),
    ],
)
def test_a_unix_time_may_count_fractions(count: object, per_second: int, microsecond: int) -> None:
    assert instant(count, per_second) == MOMENT.replace(microsecond=microsecond)


@pytest.mark.parametrize("count", [1795183686123, -1, "x", None, "1e300000"])
def test_a_unix_time_out_of_range_is_a_bad_body(count: object) -> None:
    with pytest.raises(ProviderError):
        instant(count)


@pytest.mark.parametrize(
    ("text", "zone", "microsecond"),
    [
        ("2026-11-20T14:08:06Z", None, 0),
        ("2026-11-20T14:08:06+0000", None, 0),
        ("2026-11-20T16:08:06+02:00", "Asia/Tokyo", 0),
        ("2026-11-20T14:08:06.729643492Z", None, 729_643),
        ("2026-11-20T14:08:06.7Z", None, 700_000),
        ("2026-11-20 14:08:06", "UTC", 0),
        ("2026-11-20 09:08:06", "US/Eastern", 0),
    ],
)
def test_a_moment_is_told_in_utc(text: str, zone: str | None, microsecond: int) -> None:
    assert moment(text, zone) == MOMENT.replace(microsecond=microsecond)
    assert moment(text, zone).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-11-20 14:08:06", None),
        ("2026-11-20 14:08:06", "Nowhere/Land"),
        ("2026-11-20 14:08:06", "America"),
        ("2026-11-20 14:08:06", "../UTC"),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", "UTC"),
        (None, "UTC"),
    ],
)
def test_a_moment_that_could_be_any_is_a_bad_body(text: object, zone: str | None) -> None:
    with pytest.raises(ProviderError):
        moment(text, zone)
