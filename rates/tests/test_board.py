"""The board holds the newest price of every pair and never steps back."""

from dataclasses import replace
from decimal import Decimal

from rates.board import Board
from rates.price import Price
from rates.tests.builders import price


def published(symbol: str, seq: int, mid: str = "1.25") -> Price:
    return replace(price(symbol, mid), seq=seq)


def test_it_starts_empty() -> None:
    board = Board()
    assert (board.stream, board.seq, board.all()) == ("", 0, [])
    assert board.get("EUR", "USD") is None


def test_it_takes_over_a_run_and_says_what_moved() -> None:
    board = Board()
    run = [published("EUR/USD", 1), published("GBP/USD", 1)]
    assert board.put(run, 1) == run
    assert board.seq == 1


def test_it_replaces_a_price_by_a_later_one() -> None:
    board = Board()
    board.put([published("EUR/USD", 1, "1.25")], 1)
    board.put([published("EUR/USD", 2, "1.26")], 2)
    assert [found.mid for found in board.all()] == [Decimal("1.26")]


def test_a_run_that_comes_late_or_twice_changes_nothing() -> None:
    board = Board()
    board.put([published("EUR/USD", 2, "1.26")], 2)
    assert board.put([published("EUR/USD", 1, "1.25")], 1) == []
    assert board.put([published("EUR/USD", 2, "1.27")], 2) == []
    assert board.seq == 2
    assert [found.mid for found in board.all()] == [Decimal("1.26")]


def test_of_a_late_run_it_takes_the_pairs_that_no_later_run_priced() -> None:
    board = Board()
    board.put([published("EUR/USD", 2)], 2)
    moved = board.put([published("EUR/USD", 1), published("GBP/USD", 1)], 1)
    assert [found.symbol for found in moved] == ["GBP/USD"]


def test_it_answers_either_direction_with_the_same_place_in_the_stream() -> None:
    board = Board()
    board.put([replace(price("EUR/USD", "1.25", "1.2", "1.28"), seq=7)], 7)
    turned = board.get("USD", "EUR")
    assert turned is not None
    assert (turned.symbol, turned.method, turned.seq) == ("USD/EUR", "inverse", 7)
    assert (turned.bid, turned.mid, turned.ask) == (
        Decimal("0.78125"),
        Decimal("0.8"),
        Decimal("0.833333333333"),
    )


def test_it_lists_in_symbol_order_whatever_the_order_of_arrival() -> None:
    board = Board()
    board.put([published(symbol, 1) for symbol in ("USD/JPY", "AUD/USD", "EUR/USD", "EUR/CHF")], 1)
    assert [found.symbol for found in board.all()] == ["AUD/USD", "EUR/CHF", "EUR/USD", "USD/JPY"]


def test_starting_over_forgets_what_was_known_even_if_it_was_further() -> None:
    board = Board()
    board.put([published("EUR/USD", 9), published("GBP/USD", 9)], 9)
    board.replace("a-new-stream", 3, [published("EUR/USD", 3, "1.3")])
    assert (board.stream, board.seq) == ("a-new-stream", 3)
    assert [(found.symbol, found.mid) for found in board.all()] == [("EUR/USD", Decimal("1.3"))]
    assert board.get("GBP", "USD") is None
