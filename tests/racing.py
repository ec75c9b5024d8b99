"""Let worker processes take ticks of the same pairs at once, kill some, and check what they left."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog
from django.db import connections
from django.utils import timezone

from fxengine import pipeline
from providers.adapters.base import Basis, Tick
from providers.models import TickLog
from rates.candles import Interval, fold
from rates.models import Candle, Pair, Rate, RunCounter
from rates.tests.scene import LEVELS

SOURCES = ("fixer", "openexchangerates", "freecurrencyapi", "currencylayer")
FORK = multiprocessing.get_context("fork")
Key = tuple[str, str, str, datetime]


def unlocked() -> RunCounter:
    """Begin a run as `begin_run` does, without its lock: the control that must fail."""
    return RunCounter.objects.get()


@dataclass
class Racer:
    """One worker: takes polls until it is killed, and writes down each tick that it acknowledged."""

    number: int
    codes: tuple[str, ...]
    acknowledged: Path
    locks: bool = True
    process: BaseProcess | None = None

    def start(self) -> None:
        """Run in a process of its own, with connections of its own."""
        connections.close_all()
        self.process = FORK.Process(target=self._race, daemon=True)
        self.process.start()

    def kill(self) -> None:
        """End it without warning."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    @property
    def failed(self) -> bool:
        """Say whether it ended by itself, which none should."""
        return self.process is not None and self.process.exitcode == 1

    @property
    def polls(self) -> int:
        """Count the polls it has acknowledged."""
        return self.acknowledged.read_bytes().count(b"\n\n") if self.acknowledged.exists() else 0

    def told(self) -> Iterator[Key]:
        """Read the ticks it has acknowledged; a line that was cut short by a kill was not."""
        for block in self.acknowledged.read_text().split("\n\n")[:-1]:
            for line in block.splitlines():
                provider, base, quote, as_of = line.split()
                yield provider, base, quote, datetime.fromisoformat(as_of)

    def _race(self) -> None:
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        if not self.locks:
            pipeline.begin_run = unlocked  # type: ignore[attr-defined]
        chance = random.Random(f"{self.number}/{os.getpid()}")
        with self.acknowledged.open("a") as file:
            while True:
                ticks = self._poll(chance)
                pipeline.take(ticks)
                file.write("".join(f"{t.provider} {t.base} {t.quote} {t.as_of.isoformat()}\n" for t in ticks))
                file.write("\n")
                file.flush()

    def _poll(self, chance: random.Random) -> list[Tick]:
        """Say something of every currency, now and then late or twice."""
        now, source = timezone.now(), chance.choice(SOURCES)
        as_of = now - timedelta(seconds=chance.choice((0, 0, 0, 0.5, 2)))
        ticks = [
            Tick(source, "USD", code, Decimal(LEVELS[code]) + Decimal(chance.randint(-99, 99)) / 10**4,
                 as_of, Basis.VENDOR, now)
            for code in self.codes
        ]  # fmt: skip
        return ticks + ticks[: chance.choice((0, 0, 1))]


def race(racers: list[Racer], seconds: float, kills: int, seed: int = 7) -> int:
    """Let them race, killing one after another; each that was killed starts again. Count the kills."""
    chance, began, killed = random.Random(seed), time.monotonic(), 0
    for racer in racers:
        racer.start()
    try:
        for number in range(kills):
            time.sleep(max(0, began + seconds * (number + chance.random()) / kills - time.monotonic()))
            victim = chance.choice(racers)
            killed += victim.process is not None and victim.process.is_alive()
            victim.kill()
            victim.start()
        time.sleep(max(0, began + seconds - time.monotonic()))
    finally:
        for racer in racers:
            racer.kill()
    return killed


def violations(racers: list[Racer]) -> list[str]:
    """Name every promise that the tables break."""
    failed = [f"worker {racer.number} failed" for racer in racers if racer.failed]
    return [*failed, *_of_numbers(), *_of_time(), *_of_ticks(racers), *_of_candles()]


def _of_numbers() -> Iterator[str]:
    found = list(Rate.objects.order_by("seq").values_list("seq", flat=True).distinct())
    if found != list(range(1, len(found) + 1)):
        yield f"holes: {len(found)} runs, the last is {found[-1]}"
    if (seq := RunCounter.objects.get().seq) != found[-1]:
        yield f"the counter says {seq}, the newest rate {found[-1]}"


def _of_time() -> Iterator[str]:
    runs = list(Rate.objects.order_by("seq").values_list("seq", "recorded_at").distinct())
    if any(one[0] == other[0] for one, other in pairwise(runs)):
        yield "a run was recorded at two times"
    if any(one[1] > other[1] for one, other in pairwise(runs)):
        yield "recorded_at goes back"
    rates = Rate.objects.order_by("pair", "seq").values_list("pair", "as_of")
    if any(one[0] == other[0] and one[1] > other[1] for one, other in pairwise(rates)):
        yield "as_of of a pair goes back"


def _of_ticks(racers: list[Racer]) -> Iterator[str]:
    logged = set(TickLog.objects.values_list("provider__key", "base", "quote", "as_of"))
    if lost := {key for racer in racers for key in racer.told()} - logged:
        yield f"{len(lost)} acknowledged ticks are lost"


def _of_candles() -> Iterator[str]:
    rates = Rate.objects.order_by("pair", "seq").select_related("pair")
    for pair_id, rows in groupby(rates, lambda rate: rate.pair_id):
        prices = [rate.as_price() for rate in rows]
        for interval in Interval:
            stored = Candle.objects.filter(pair=pair_id, interval=interval).order_by("t")
            if [candle.as_shape() for candle in stored] != fold(prices, interval):
                yield f"{Pair.objects.get(pk=pair_id)} {interval}: not what its prices fold to"
