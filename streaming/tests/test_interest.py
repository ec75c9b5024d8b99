"""What one connection wants."""

from streaming.interest import Interest

TRACKED = ("EUR/USD", "GBP/USD", "USD/JPY")


def test_it_wants_every_tracked_pair_in_symbol_order() -> None:
    assert Interest(everything=True).names(reversed(TRACKED)) == TRACKED


def test_it_wants_a_pair_that_is_tracked_later() -> None:
    interest = Interest(everything=True)
    assert interest.names([*TRACKED, "AUD/USD"]) == ("AUD/USD", *TRACKED)


def test_it_wants_nothing_but_what_was_asked_for() -> None:
    assert Interest().add(["GBP/USD"]).names(TRACKED) == ("GBP/USD",)


def test_it_keeps_the_direction_that_was_asked_for() -> None:
    both = Interest(everything=True).add(["USD/EUR"])
    assert both.names(TRACKED) == ("EUR/USD", "GBP/USD", "USD/EUR", "USD/JPY")


def test_it_drops_one_of_everything_and_takes_it_back() -> None:
    fewer = Interest(everything=True).drop(["GBP/USD"])
    assert fewer.names(TRACKED) == ("EUR/USD", "USD/JPY")
    assert fewer.add(["GBP/USD"]).names(TRACKED) == TRACKED


def test_it_remembers_no_drop_where_it_did_not_want_everything() -> None:
    assert Interest(asked=frozenset({"GBP/USD"})).drop(["GBP/USD", "EUR/USD"]) == Interest()


def test_two_that_want_the_same_are_equal() -> None:
    assert Interest().add(["EUR/USD", "GBP/USD"]) == Interest().add(["GBP/USD"]).add(["EUR/USD"])
