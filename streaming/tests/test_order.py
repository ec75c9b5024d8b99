"""Runs in order, and the one that is missing."""

from streaming.broadcast import run_message
from streaming.order import Order, Run
from streaming.tests.builders import NOON, price, run, seqs


def following(seq: int = 4, stream: str = "a") -> Order:
    order = Order()
    order.restart(stream, seq)
    return order


def test_it_lets_the_next_run_through() -> None:
    order = following(4)
    assert seqs(order.offer(run(5))) == [5]
    assert (order.seq, order.missing) == (5, False)


def test_it_holds_a_run_that_overtook_another() -> None:
    order = following(4)
    assert order.offer(run(6)) == []
    assert order.missing
    assert seqs(order.offer(run(5))) == [5, 6]
    assert not order.missing


def test_it_ignores_a_run_it_has_seen() -> None:
    order = following(4)
    order.offer(run(5))
    assert order.offer(run(5)) == []
    assert order.offer(run(3)) == []
    assert order.seq == 5


def test_it_goes_on_without_a_run_that_never_comes() -> None:
    order = following(4)
    order.offer(run(8))
    order.offer(run(6))
    assert seqs(order.give_up()) == [6, 8]
    assert (order.seq, order.missing) == (8, False)
    assert seqs(order.offer(run(9))) == [9]


def test_it_misses_a_run_that_it_only_heard_of() -> None:
    order = following(4)
    order.hear_of(5)
    assert order.missing
    assert order.give_up() == []
    assert order.seq == 5


def test_it_does_not_miss_what_it_has_when_it_hears_of_it() -> None:
    order = following(4)
    order.hear_of(4)
    assert not order.missing


def test_a_restart_releases_what_was_held_after_it() -> None:
    order = following(4)
    order.offer(run(6))
    order.offer(run(9))
    assert seqs(order.restart("a", 5)) == [6]
    assert (order.seq, order.missing) == (6, True)


def test_a_restart_never_goes_back_in_the_same_stream() -> None:
    order = following(4)
    order.offer(run(5))
    assert order.restart("a", 3) == []
    assert order.seq == 5


def test_a_restart_in_another_stream_forgets_the_old_one() -> None:
    order = following(40)
    order.offer(run(42))
    assert order.restart("b", 3) == []
    assert (order.stream, order.seq, order.missing) == ("b", 3, False)
    assert seqs(order.offer(run(4, stream="b"))) == [4]


def test_a_run_survives_its_message() -> None:
    sent = run(7, price("EUR/USD", "1.084361"), price("USD/JPY", "151.203"))
    assert Run.from_message(run_message(sent.stream, sent.seq, sent.prices, NOON)) == sent
