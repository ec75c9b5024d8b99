"""What the market remembers, on a clock that the tests turn."""

import pytest

from demo.exchange import Exchange, build_exchange
from demo.levels import EcbFile
from demo.tests.builders import AFTERNOON

START = int(AFTERNOON.timestamp())


class Clock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.now = START + 0.75

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def still(ecb_file: EcbFile, clock: Clock) -> Exchange:
    return build_exchange(1, ecb_file, clock)


def test_the_levels_follow_the_clock_second_by_second(still: Exchange, clock: Clock) -> None:
    assert (still.moment().now, still.moment().slot) == (START, START)
    clock.now += 10
    assert (still.moment().now, still.moment().slot) == (START + 10, START + 10)


@pytest.mark.parametrize("switch", [{"frozen": True}, {"is_open": False}])
def test_frozen_or_closed_the_levels_stand_while_the_time_goes_on(
    still: Exchange, clock: Clock, switch: dict[str, bool]
) -> None:
    still.turn(**switch)
    clock.now += 60
    assert (still.moment().now, still.moment().slot) == (START + 60, START)


def test_a_frozen_market_stays_where_it_was_through_closing_and_opening(
    still: Exchange, clock: Clock
) -> None:
    still.turn(frozen=True)
    clock.now += 60
    still.turn(is_open=False)
    clock.now += 60
    still.turn(is_open=True)
    assert (still.frozen, still.open, still.moment().slot) == (True, True, START)


def test_thawed_it_goes_on_as_if_it_had_never_stood(still: Exchange, clock: Clock) -> None:
    still.turn(frozen=True)
    clock.now += 60
    still.turn(frozen=False)
    assert still.moment().slot == START + 60


def test_a_restart_shows_the_same_prices(still: Exchange, ecb_file: EcbFile, clock: Clock) -> None:
    again = build_exchange(1, ecb_file, clock)
    for key, desk in still.desks.items():
        assert again.desks[key].vendor.published(again.moment()) == desk.vendor.published(still.moment())


def test_another_seed_shows_other_prices(still: Exchange, ecb_file: EcbFile, clock: Clock) -> None:
    other = build_exchange(2, ecb_file, clock)
    for key, desk in still.desks.items():
        assert other.desks[key].vendor.published(other.moment()) != desk.vendor.published(still.moment())


def test_a_moment_knows_its_vendors_requests(still: Exchange) -> None:
    still.desks["fixer"].requests = 3
    assert still.moment(still.desks["fixer"]).requests == 3
    assert still.moment().requests == 0
