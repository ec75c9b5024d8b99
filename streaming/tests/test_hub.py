"""What a hub takes in from the layer."""

import pytest
from pytest_django.fixtures import Settings

from rates.board import Board
from streaming.broadcast import run_message
from streaming.hub import Hub
from streaming.tests.builders import NOON, price, run


@pytest.mark.asyncio
@pytest.mark.parametrize(("environment", "taken"), [("demo", ["EUR/USD"]), ("live", [])])
async def test_it_hears_nobody_of_the_other_environment(
    environment: str, taken: list[str], settings: Settings
) -> None:
    settings.FX_ENVIRONMENT = "demo"
    board = Board()
    sent = run(7, price())
    Hub(board, environment)._hear(run_message(sent.stream, sent.seq, sent.prices, NOON))
    assert [told.symbol for told in board.all()] == taken
