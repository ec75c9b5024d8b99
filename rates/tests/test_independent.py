"""A day of random ticks, late and repeated, gives the prices and candles of an independent computation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction

from providers.adapters.base import Basis, Tick
from providers.models import TickLog
from providers.services import keep, spoken_of
from rates.models import Candle, Rate
from rates.services import begin_run, record, reprice
from rates.tests.independent import MINUTES, House, Published, Said, candles
from rates.tests.scene import LEVELS, provider, set_up

DAY = datetime(2026, 11, 18, tzinfo=UTC)
CODES = ["EUR", "GBP", "CHF", "JPY"]
PAIRS = [
    "EUR/USD",
    "GBP/USD",
    "USD/CHF",
    "USD/JPY",
    "EUR/GBP",
    "EUR/CHF",
    "EUR/JPY",
    "GBP/CHF",
    "GBP/JPY",
    "CHF/JPY",
]
INTERVAL_S = 300
POLLS, SEED = 200, 11


@dataclass
class Answer:
    """One answer of a source and when it reached us."""

    source: str
    at: datetime
    ticks: list[Tick]

    def words(self) -> dict[str, Said]:
        """State it in units per dollar; the euro's own source counts in euros."""
        mids = {tick.quote: Fraction(tick.mid) for tick in self.ticks}
        if self.source == "fixer":
            dollar = mids.pop("USD")
            mids = {code: mid / dollar for code, mid in mids.items()} | {"EUR": 1 / dollar}
        stated = {tick.quote: tick for tick in self.ticks}
        return {code: _said(stated.get(code) or self.ticks[0], mid) for code, mid in mids.items()}


def _said(tick: Tick, mid: Fraction) -> Said:
    if tick.bid is None or tick.ask is None:
        return Said(tick.as_of, (mid, mid, mid), has_sides=False)
    return Said(tick.as_of, (Fraction(tick.bid), Fraction(tick.ask), mid), has_sides=True)


def a_day(chance: random.Random) -> list[Answer]:
    """Make up a day of three sources around one walk: dense and sparse hours, late and repeated answers."""
    now, answers, held = DAY, [], []
    walk = {code: float(LEVELS[code]) for code in CODES}
    for _ in range(POLLS):
        now += timedelta(seconds=chance.choice((0.2, 1, 5, 60, 300, 2800)) * chance.uniform(0.5, 1))
        for code in CODES:
            walk[code] *= 1 + chance.gauss(0, 0.0001)
        source = chance.choice(("fixer", "openexchangerates", "freecurrencyapi"))
        answer = Answer(source, now, list(_ticks(source, now, walk, chance)))
        fate = chance.random()
        if fate < 0.1:
            held.append(answer)
            continue
        answers.append(answer)
        if fate > 0.9:
            answers.append(Answer(source, now + timedelta(milliseconds=50), answer.ticks))
        if held and chance.random() < 0.3:
            late = held.pop()
            answers.append(Answer(late.source, now + timedelta(milliseconds=90), late.ticks))
    return answers


def _ticks(source: str, now: datetime, walk: dict[str, float], chance: random.Random) -> Iterator[Tick]:
    as_of = now - timedelta(milliseconds=chance.randint(0, 4000))
    base = walk["EUR"] if source == "fixer" else 1.0
    quotes = {code: walk[code] for code in CODES} if source != "fixer" else {**walk, "USD": 1.0}
    for code, level in quotes.items():
        if source == "fixer" and code == "EUR":
            continue
        mid = Decimal(str(round(level / base * (1 + chance.gauss(0, 0.00002)), 6)))
        half = Decimal("0.00003") if source == "openexchangerates" else None
        sides = (mid - half, mid + half) if half else (None, None)
        yield Tick(source, "EUR" if source == "fixer" else "USD", code, mid, as_of, Basis.VENDOR, now, *sides)


def take(answer: Answer) -> None:
    """Do what the route does, at the answer's time."""
    with transaction.atomic():
        counter = begin_run()
        changed = keep(answer.ticks, answer.at)
        record(reprice(changed, answer.at, spoken_of(answer.ticks)), counter, answer.at)


@pytest.fixture
def day(db: None) -> dict[str, list[Published]]:
    """Feed the day to the product and to the reference; give what the reference published of each pair."""
    set_up(*PAIRS)
    for key in ("fixer", "openexchangerates", "freecurrencyapi"):
        provider(key, interval=INTERVAL_S)
    house = House(CODES, timedelta(seconds=3 * INTERVAL_S))
    expected: dict[str, list[Published]] = {pair: [] for pair in PAIRS}
    answers = a_day(random.Random(SEED))
    for answer in answers:
        take(answer)
        for price in house.hear(answer.source, answer.words(), answer.at):
            expected[price.pair].append(price)
    said = {(tick.provider, tick.quote, tick.as_of) for answer in answers for tick in answer.ticks}
    assert TickLog.objects.count() == len(said) < sum(len(answer.ticks) for answer in answers)
    return expected


def test_prices_and_candles_equal_those_of_the_reference(day: dict[str, list[Published]]) -> None:
    for pair, expected in day.items():
        base, quote = pair.split("/")
        rates = Rate.objects.filter(pair__base=base, pair__quote=quote).order_by("seq")
        found = [Published(pair, r.as_of, (Fraction(r.bid), Fraction(r.ask), Fraction(r.mid))) for r in rates]
        assert found == expected
        assert len(found) > POLLS / 2
        for interval in MINUTES:
            rows = Candle.objects.filter(pair__base=base, pair__quote=quote, interval=interval)
            assert {row.t: bars(row) for row in rows} == {
                t: summed(sides) for t, sides in candles(expected, interval).items()
            }


def bars(row: Candle) -> tuple[object, ...]:
    """Read a candle: open, high, low, close of bid, ask and mid, and how many prices it has."""
    return (
        *(Fraction(getattr(row, f"{side}_{end}")) for side in ("bid", "ask", "mid") for end in "ohlc"),
        row.n,
    )


def summed(sides: list[tuple[Fraction, Fraction, Fraction]]) -> tuple[object, ...]:
    """Compute the same from the prices of a bucket."""
    columns = [[each[number] for each in sides] for number in range(3)]
    return (*(end for c in columns for end in (c[0], max(c), min(c), c[-1])), len(sides))
