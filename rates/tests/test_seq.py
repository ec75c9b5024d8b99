"""Runs that record at once get numbers without holes; one that fails takes none. Real threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from rates.current import position
from rates.models import Rate, RateDecision
from rates.services import begin_run, record, reprice
from rates.tests.builders import NOW
from rates.tests.scene import LEVELS, provider, run, said, set_up

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = 6


def in_threads(*jobs: Callable[[], list[int]]) -> list[list[int]]:
    """Run jobs at once, each with a connection of its own."""
    start = Barrier(len(jobs))

    def alone(job: Callable[[], list[int]]) -> list[int]:
        try:
            start.wait(10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(alone, jobs))


def recording(code: str) -> Callable[[], list[int]]:
    """Record runs of one currency, each a second later than the one before; list their numbers."""

    def job() -> list[int]:
        seqs = []
        for second in range(RUNS):
            at = NOW + timedelta(seconds=second)
            prices = run(said(at=at, **{code: LEVELS[code]}), at)
            seqs += sorted({price.seq for price in prices if price.seq})
        return seqs

    return job


def test_two_threads_get_consecutive_numbers_without_holes() -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    one, other = in_threads(recording("EUR"), recording("GBP"))
    assert sorted(one + other) == list(range(1, 2 * RUNS + 1))
    assert one == sorted(one)
    assert other == sorted(other)
    assert position()[1] == 2 * RUNS
    assert Rate.objects.count() == 2 * RUNS


def test_a_run_that_raises_after_recording_takes_no_number_and_leaves_nothing() -> None:
    set_up("EUR/USD")
    provider()

    @transaction.atomic
    def failing() -> None:
        assert run(said(EUR="0.92"))
        raise RuntimeError("between recording and commit")

    with pytest.raises(RuntimeError):
        failing()
    assert position()[1] == 0
    assert not Rate.objects.exists()
    assert not RateDecision.objects.exists()
    assert [price.seq for price in run(said(EUR="0.92"))] == [1]


def test_a_run_waits_for_the_one_before_it_and_sees_what_that_one_published() -> None:
    set_up("EUR/USD")
    provider()
    order: list[str] = []
    entered = Barrier(2)

    def first() -> list[int]:
        with transaction.atomic():
            begin_run()
            entered.wait(10)
            order.append("first")
            prices = run(said(EUR="0.92"))
        return [price.seq or 0 for price in prices]

    def second() -> list[int]:
        entered.wait(10)
        with transaction.atomic():
            counter = begin_run()
            order.append("second")
            return [price.seq or 0 for price in record(reprice({"EUR"}, NOW), counter, NOW)]

    assert in_threads(first, second) == [[1], [2]]
    assert order == ["first", "second"]


def test_a_clock_that_goes_back_takes_no_run_back_in_time() -> None:
    set_up("EUR/USD")
    provider()
    for number, second in enumerate((5, 2, 8)):
        moment = NOW + timedelta(seconds=second)
        run(said(at=NOW + timedelta(seconds=number), EUR=f"0.9{number}"), moment)
    times = Rate.objects.order_by("seq").values_list("seq", "recorded_at")
    assert [(seq, (at - NOW).seconds) for seq, at in times] == [(1, 5), (2, 5), (3, 8)]
