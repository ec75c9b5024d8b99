"""Keeping ticks: once, the newest forward, nothing that cannot be true, and no waiting for each other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from providers.adapters.base import Basis, Tick
from providers.fields import plain
from providers.models import NewestTick, QuarantinedTick, TickLog
from providers.services import keep, newest_ticks, refusal
from providers.tests.builders import NOW, source, tick

TOGETHER_WITHIN_S = 20
ONE_SELECT_AND_ONE_INSERT = 2


def codes(count: int) -> list[str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [f"{a}{b}{c}" for a in letters for b in letters for c in letters][:count]


@pytest.mark.django_db
def test_it_keeps_a_tick_in_the_log_and_as_the_newest() -> None:
    provider = source()
    said = tick(bid="1.08432", ask="1.084402")
    assert keep([said]) == {"EUR", "USD"}
    assert [row.as_tick("fixer") for row in TickLog.objects.all()] == [said]
    assert newest_ticks([provider]) == [said]


@pytest.mark.django_db
def test_a_repetition_changes_nothing() -> None:
    provider = source()
    keep([tick()])
    assert keep([replace(tick(), received_at=NOW + timedelta(seconds=5))]) == set()
    assert keep([tick(mid="9.9")]) == set()
    assert TickLog.objects.count() == 1
    assert newest_ticks([provider]) == [tick()]


@pytest.mark.django_db
def test_a_newer_tick_moves_the_newest_and_an_older_one_does_not() -> None:
    provider = source()
    keep([tick(age=10)])
    assert keep([tick(mid="1.09", age=5)]) == {"EUR", "USD"}
    assert keep([tick(mid="1.07", age=7)]) == set()
    assert newest_ticks([provider]) == [tick(mid="1.09", age=5)]
    assert TickLog.objects.count() == 3


LATER = NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("said", "corrected"),
    [
        (tick(mid="1.8043"), tick(mid="1.0843")),
        (tick(bid="1.0", ask="1.2", mid="1.1"), tick(bid="1.05", ask="1.2", mid="1.1")),
        (tick(), tick(bid="1.08", ask="1.09")),
        (tick("EUR/USD", basis=Basis.DATE), tick("EUR/USD", "1.0843", basis=Basis.DATE)),
    ],
    ids=["mid", "bid", "sides", "date"],
)
@pytest.mark.django_db
def test_a_correction_under_the_same_stamp_is_the_newest_and_the_log_keeps_what_was_said_first(
    said: Tick, corrected: Tick
) -> None:
    provider, corrected = source(), replace(corrected, received_at=LATER)
    keep([said])
    assert keep([corrected]) == {"EUR", "USD"}
    assert newest_ticks([provider]) == [corrected]
    assert keep([replace(corrected, received_at=LATER + timedelta(seconds=5))]) == set()
    assert keep([said]) == set()
    assert newest_ticks([provider]) == [corrected]
    assert [row.as_tick("fixer") for row in TickLog.objects.all()] == [said]
    (seen,) = QuarantinedTick.objects.all()
    assert (seen.reason, seen.mid, seen.as_of) == ("restated", plain(said.mid), said.as_of)
    assert not QuarantinedTick.objects.standing(LATER).exists()


@pytest.mark.parametrize(("basis", "ahead"), [(Basis.RECEIVED, 121), (Basis.DATE, 2 * 86_400 + 1)])
@pytest.mark.django_db
def test_a_clock_of_ours_that_was_set_back_deafens_no_source(basis: Basis, ahead: float) -> None:
    provider = source()
    before = replace(tick(age=-ahead, basis=basis), received_at=NOW + timedelta(seconds=ahead))
    after = tick(mid="1.09", age=0, basis=basis)
    keep([before])
    assert keep([after]) == {"EUR", "USD"}
    assert newest_ticks([provider]) == [after]


@pytest.mark.parametrize(("basis", "ahead"), [(Basis.VENDOR, 119), (Basis.DATE, 86_400)])
@pytest.mark.django_db
def test_a_moment_that_a_clock_may_be_ahead_stays_the_newest(basis: Basis, ahead: float) -> None:
    provider = source()
    keep([early := tick(age=-ahead, basis=basis)])
    assert keep([tick(mid="1.09", age=0, basis=basis)]) == set()
    assert newest_ticks([provider]) == [early]


@pytest.mark.django_db
def test_only_the_currencies_that_moved_come_back() -> None:
    source()
    keep([tick(), tick("EUR/JPY", "168.29")])
    assert keep([tick(), tick("EUR/JPY", "168.31", age=0)]) == {"EUR", "JPY"}


@pytest.mark.django_db
def test_of_one_pair_twice_in_a_body_both_are_logged_and_the_newer_counts() -> None:
    provider = source()
    newer, older = tick(mid="1.09", age=1), tick(mid="1.07", age=3)
    assert keep([newer, older, newer]) == {"EUR", "USD"}
    assert TickLog.objects.count() == 2
    assert newest_ticks([provider]) == [newer]


@pytest.mark.django_db
def test_sources_do_not_move_each_others_ticks() -> None:
    fixer, other = source(), source("openexchangerates")
    keep([tick(), tick(mid="1.08", provider="openexchangerates", age=30)])
    assert newest_ticks([fixer]) == [tick()]
    assert newest_ticks([other]) == [tick(mid="1.08", provider="openexchangerates", age=30)]
    assert len(newest_ticks([fixer, other])) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (tick("EURO/USD"), "unknown_currency"),
        (tick("eur/USD"), "unknown_currency"),
        (tick("EUR/U\0D"), "unknown_currency"),
        (tick("EUR/US\ud800"), "unknown_currency"),
        (tick("EUR/ÜSD"), "unknown_currency"),
        (tick("EUR/I44"), "unknown_currency"),
        (tick(mid="0"), "not_positive"),
        (tick(mid="-1.08"), "not_positive"),
        (tick(mid="NaN"), "not_positive"),
        (tick(mid="sNaN"), "not_positive"),
        (tick(mid="Infinity"), "not_positive"),
        (tick(bid="0"), "not_positive"),
        (tick(ask="-1"), "not_positive"),
        (tick(mid="1." + "0" * 30 + "1"), "too_many_digits"),
        (tick(mid="1e-31"), "too_many_digits"),
        (tick(mid="1e20"), "too_many_digits"),
        (tick(mid="1e1000000"), "too_many_digits"),
        (tick(bid="1." + "3" * 40), "too_many_digits"),
        (tick(bid="1.0844", ask="1.0843"), "crossed"),
        (tick(age=-121), "future"),
        (tick(age=-172_801, basis=Basis.DATE), "future"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_it_refuses_what_cannot_be_true_or_kept(said: Tick, reason: str) -> None:
    assert refusal(said) == reason


@pytest.mark.parametrize(
    "said",
    [
        tick(mid="1e-30"),
        tick(mid="99999999999999999999." + "9" * 30),
        tick(mid="1." + "0" * 60),
        tick(bid="1.08", ask="1.08"),
        tick(age=-119),
        tick(age=-172_799, basis=Basis.DATE),
        tick(age=1_000_000_000),
    ],
    ids=["tiny", "fifty digits", "zeros at the end", "equal sides", "ahead", "a day ahead", "old"],
)
@pytest.mark.django_db
def test_it_keeps_what_is_odd_but_possible_to_the_last_digit(said: Tick) -> None:
    provider = source()
    assert refusal(said) is None
    assert keep([said]) == {"EUR", "USD"}
    assert newest_ticks([provider]) == [said]


@pytest.mark.django_db
def test_a_refused_tick_leaves_the_others_and_says_why_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source()
    refused = [tick(f"EUR/{code}", "0") for code in codes(300)]
    assert keep([*refused, tick("EUR/JPY", "NaN"), tick(age=-900), tick("EUR/GBP", "0.83")]) == {"EUR", "GBP"}
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [(line["event"], line["provider"], line["reason"], line["count"]) for line in lines] == [
        ("ticks_refused", "fixer", "not_positive", 301),
        ("ticks_refused", "fixer", "future", 1),
    ]
    assert lines[0]["pairs"] == ["EUR/AAA", "EUR/AAB", "EUR/AAC", "EUR/AAD", "EUR/AAE"]


@pytest.mark.django_db
def test_a_moment_far_ahead_does_not_make_a_source_deaf() -> None:
    provider = source()
    keep([tick(mid="5", age=-86_400 * 365)])
    keep([tick(age=0)])
    assert newest_ticks([provider]) == [tick(age=0)]


@pytest.mark.django_db
def test_nothing_to_keep_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert keep([]) == set()


@pytest.mark.django_db
def test_two_thousand_ticks_are_one_look_up_and_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    provider, quotes = source(), codes(2000)
    said = [tick(f"EUR/{quote}", f"1.{number:04}") for number, quote in enumerate(quotes)]
    with django_assert_num_queries(ONE_SELECT_AND_ONE_INSERT):
        assert keep(said) == {"EUR", *quotes}
    assert TickLog.objects.count() == NewestTick.objects.count() == 2000
    assert sorted(newest_ticks([provider]), key=lambda kept: kept.quote) == said


@pytest.mark.django_db(transaction=True)
def test_two_threads_keeping_the_same_ticks_neither_wait_for_ever_nor_repeat_them() -> None:
    provider, rounds = source(), 10
    quotes = codes(200)
    start, ends = Barrier(2), []

    def keep_rounds(arrange: Callable[[list[Tick]], list[Tick]]) -> None:
        try:
            for turn in range(rounds):
                said = [tick(f"EUR/{quote}", f"1.{turn + 1}", age=rounds - turn) for quote in quotes]
                start.wait(TOGETHER_WITHIN_S)
                keep(arrange(said))
            ends.append("kept")
        finally:
            connection.close()

    threads = [Thread(target=keep_rounds, args=[arrange]) for arrange in (list, lambda said: said[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TOGETHER_WITHIN_S)
    assert ends == ["kept", "kept"]
    assert TickLog.objects.count() == rounds * len(quotes)
    assert {(kept.mid, kept.quote) for kept in newest_ticks([provider])} == {
        (Decimal(f"1.{rounds}"), quote) for quote in quotes
    }


@pytest.mark.django_db
def test_of_a_large_table_it_reads_what_is_wanted_and_what_links_it() -> None:
    provider = source()
    table = [replace(tick(), quote=quote) for quote in ("USD", "JPY", "KES", "NGN")]
    keep([*table, replace(tick(), base="USD", quote="MXN")])
    read = newest_ticks([provider], {"USD", "JPY"})
    assert sorted((kept.base, kept.quote) for kept in read) == [("EUR", "JPY"), ("EUR", "USD")]


@pytest.mark.django_db
def test_an_answer_that_waited_is_no_clock_that_was_set_back() -> None:
    provider = source()
    newest, waited = tick(mid="1.09", age=0), tick(mid="1.08", age=600)
    keep([newest])
    keep([replace(waited, received_at=waited.as_of)], newest.received_at)
    assert newest_ticks([provider]) == [newest]
