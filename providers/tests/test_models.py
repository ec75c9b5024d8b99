"""Tables that hold exact numbers and refuse what cannot be true, whoever writes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from providers.adapters.base import Basis
from providers.fields import AmountField, RateField, fits, plain
from providers.models import NewestTick, Provider, TickLog
from providers.tests.builders import NOW, source, tick

TABLES = [TickLog, NewestTick]
MISFIT = r"mid: .* does not fit numeric\(50,30\)|must be a decimal number"


def row(model: type[models.Model], provider: Provider, **columns: object) -> models.Model:
    said = {"base": "EUR", "quote": "USD", "mid": Decimal("1.08"), "as_of": NOW, "received_at": NOW}
    return model(provider=provider, as_of_basis=Basis.VENDOR.value, **(said | columns))


@pytest.mark.parametrize(
    "text",
    ["1." + "0" * 30 + "1", "1e-31", "1e20", "123456789012345678901.5", "NaN", "Infinity", "1." + "3" * 40],
)
@pytest.mark.parametrize("model", TABLES)
@pytest.mark.django_db
def test_a_rate_that_would_be_rounded_is_refused_and_not_rounded(
    model: type[models.Model], text: str
) -> None:
    with pytest.raises(ValidationError, match=MISFIT), transaction.atomic():
        row(model, source(), mid=Decimal(text)).save()
    assert not model._default_manager.exists()


@pytest.mark.parametrize("text", ["1." + "0" * 30 + "1", 1.1])
@pytest.mark.django_db
def test_text_and_floats_are_held_to_the_same(text: object) -> None:
    with pytest.raises(ValidationError, match=MISFIT):
        row(TickLog, source(), mid=text).save()


@pytest.mark.django_db
def test_every_way_of_writing_is_exact() -> None:
    provider, long = source(), Decimal("1e-31")
    stored = row(TickLog, provider)
    stored.save()
    with pytest.raises(ValidationError), transaction.atomic():
        TickLog.objects.bulk_create([row(TickLog, provider, mid=long, quote="JPY")])
    with pytest.raises(ValidationError), transaction.atomic():
        TickLog.objects.filter(pk=stored.pk).update(mid=long)
    TickLog.objects.filter(pk=stored.pk).update(mid=F("mid") + Decimal(1))
    stored.refresh_from_db()
    assert stored.mid == Decimal("2.08")


@pytest.mark.parametrize(
    "text",
    ["1e-30", "99999999999999999999." + "9" * 30, "1." + "0" * 60, "1E+5", "0.000000000000123456789012"],
)
@pytest.mark.django_db
def test_a_rate_that_fits_comes_back_as_it_was(text: str) -> None:
    row(TickLog, source(), mid=Decimal(text), bid=None).save()
    assert TickLog.objects.get().mid == Decimal(text)
    assert TickLog.objects.get().bid is None


def test_the_fields_know_their_columns() -> None:
    rate, amount = RateField(), AmountField(max_digits=1)
    assert (rate.max_digits, rate.decimal_places) == (50, 30)
    assert (amount.max_digits, amount.decimal_places) == (30, 8)
    assert fits(Decimal("1.23456789"), 30, 8)
    assert not fits(Decimal("1.234567891"), 30, 8)


@pytest.mark.parametrize(
    ("number", "text"),
    [("1.0800", "1.08"), ("100", "100"), ("1E+3", "1000"), ("1e-7", "0.0000001"), ("2.000", "2"),
     ("0.123456789012345678901234567890123", "0.123456789012345678901234567890123")],
)  # fmt: skip
def test_a_plain_number_has_every_digit_that_matters(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize(
    ("written", "constraint"),
    [
        ("mid = 'NaN'", "mid_positive"),
        ("mid = 0", "mid_positive"),
        ("mid = -1", "mid_positive"),
        ("bid = 'NaN', ask = NULL", "bid_positive"),
        ("bid = 0", "bid_positive"),
        ("ask = 'NaN'", "ask_positive"),
        ("ask = -0.1, bid = NULL", "ask_positive"),
        ("ask = 1.08, bid = 1.09", "ask_above_bid"),
    ],
)
@pytest.mark.parametrize("model", TABLES)
@pytest.mark.django_db
def test_the_database_itself_refuses_what_is_no_rate(
    model: type[models.Model], written: str, constraint: str
) -> None:
    row(model, source(), bid=Decimal("1.07"), ask=Decimal("1.085")).save()
    name = f'"{model._meta.model_name}_{constraint}"'
    with (
        pytest.raises(IntegrityError, match=name),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {model._meta.db_table} SET {written}")


@pytest.mark.django_db
def test_sides_may_be_missing() -> None:
    provider = source()
    for number, sides in enumerate([{}, {"bid": Decimal(1)}, {"ask": Decimal(1)}]):
        row(TickLog, provider, as_of=NOW - timedelta(seconds=number), **sides).save()
    assert TickLog.objects.count() == 3


@pytest.mark.parametrize(
    ("model", "constraint"), [(TickLog, "ticklog_default_once"), (NewestTick, "newesttick_one")]
)
@pytest.mark.django_db
def test_a_tick_stands_once(model: type[models.Model], constraint: str) -> None:
    provider = source()
    row(model, provider).save()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row(model, provider, mid=Decimal(2)).save()


@pytest.mark.django_db
def test_an_interval_is_at_least_a_second() -> None:
    with pytest.raises(IntegrityError, match="provider_interval_positive"), transaction.atomic():
        source(interval_seconds=0)


@pytest.mark.django_db
def test_a_row_gives_its_tick_back() -> None:
    said = tick(bid="1.08", ask="1.09")
    stored = row(TickLog, source(), mid=said.mid, bid=said.bid, ask=said.ask, as_of=said.as_of)
    assert stored.as_tick("fixer") == said
    assert str(stored) == "EUR/USD 1.084361"


@pytest.mark.django_db
def test_a_key_shows_its_end_only_when_it_is_long() -> None:
    assert source(api_key="0123456789abcdef").key_hint == "cdef"
    assert source("openexchangerates", api_key="0123456789abcde").key_hint == ""


@pytest.mark.parametrize(
    ("key", "api_key", "idle"), [("ecb", "", False), ("fixer", "", True), ("fixer", "k", False)]
)
@pytest.mark.django_db
def test_a_source_that_lacks_its_key_is_idle(key: str, api_key: str, idle: bool) -> None:
    assert source(key, api_key=api_key).idle is idle


@pytest.mark.parametrize(
    ("key", "columns", "seconds"),
    [
        ("fixer", {"interval_seconds": 60}, 180),
        ("fixer", {"interval_seconds": 2}, 10),
        ("fixer", {"interval_seconds": 60, "max_age_seconds": 7}, 7),
        ("ecb", {"interval_seconds": 300}, 7 * 86_400),
        ("ecb", {"interval_seconds": 300, "max_age_seconds": 7}, 7),
    ],
)
def test_ticks_count_for_three_intervals_and_fixings_for_a_week_unless_staff_say_otherwise(
    key: str, columns: dict[str, int], seconds: int
) -> None:
    assert Provider(key=key, **columns).max_age == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_only_enabled_sources_count_the_most_trusted_first() -> None:
    source("freecurrencyapi", priority=10, enabled=False)
    for key, priority in (("openexchangerates", 20), ("fixer", 20), ("ecb", 10)):
        source(key, priority=priority)
    assert [provider.key for provider in Provider.objects.enabled()] == ["ecb", "fixer", "openexchangerates"]


@pytest.mark.django_db
def test_a_currency_is_covered_by_the_enabled_sources_that_spoke_of_it() -> None:
    for key, enabled in (("fixer", True), ("ecb", True), ("freecurrencyapi", False)):
        row(NewestTick, source(key, enabled=enabled), quote="USD" if key != "ecb" else "JPY").save()
    assert Provider.objects.covering() == {"EUR": ["ecb", "fixer"], "USD": ["fixer"], "JPY": ["ecb"]}


@pytest.mark.django_db
def test_the_history_has_who_changed_what_and_no_key() -> None:
    provider = source(api_key="0123456789abcdef")
    provider.priority = 7
    provider.save()
    assert [version.priority for version in provider.history.all()] == [7, 50]
    assert "sealed_key" not in {field.name for field in provider.history.model._meta.get_fields()}
