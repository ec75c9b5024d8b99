"""Load daily reference rates of past years, from a source, a mirror of it, a file or the demo market."""

from __future__ import annotations

import gc
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from providers.adapters import adapter, keys
from providers.adapters.base import Ask, Body, ProviderError, Tick
from providers.fetch import cost, fetch, fetch_once
from providers.models import Outcome, Provider
from providers.traffic import apart
from rates.errors import WrongEnvironment
from rates.management.progress import Progress
from rates.reference import Stored, batches, days_known, store
from rates.services import wanted_currencies

_BATCH = 20_000
_FIRST = date(1999, 1, 4)
# No source pauses for longer.
_A_WEEK = timedelta(days=7)


class Command(BaseCommand):
    """Store what is new or corrected, batch by batch; a run that was interrupted is simply run again."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer where from, whose, and how far back."""
        parser.add_argument("--provider", default="ecb", help="the source (default: ecb)")
        parser.add_argument(
            "--from",
            dest="origin",
            default="",
            metavar="URL|FILE|market",
            help="a mirror, a file of the source's, or the demo market (default: the source)",
        )
        parser.add_argument("--days", default="all", help="so many days back, or all (default: all)")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between requests (default: 1)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Fetch and store, and say how much of it was new."""
        began, total = perf_counter(), Stored()
        key, first = _historical(options["provider"]), _first_day(options["days"])
        with _without_collector():
            for ticks in _answers(key, options["origin"], first, options["pause"]):
                total += self._store(key, [tick for tick in ticks if tick.as_of.date() >= first])
        self.stdout.write(
            f"{key}: {total.new:,} new, {total.corrected:,} corrected, {total.known:,} known, "
            f"{total.refused:,} refused in {perf_counter() - began:.1f} s"
        )

    def _store(self, key: str, ticks: list[Tick]) -> Stored:
        """Store an answer in batches, each for good, and show how far that is. Raises: CommandError."""
        progress, stored, known_at = Progress(self.stderr, len(ticks)), Stored(), timezone.now()
        for batch in batches(ticks, _BATCH):
            try:
                stored += store(key, batch, known_at)
            except WrongEnvironment as error:
                raise CommandError(str(error)) from error
            progress.advance(len(batch), f"up to {batch[-1].as_of:%Y-%m-%d}")
        return stored


@contextmanager
def _without_collector() -> Iterator[None]:
    """Look for no cycles meanwhile: among hundreds of thousands of ticks that takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _historical(key: str) -> str:
    """Check that a source fixes rates once a day and tells of past days. Raises: CommandError."""
    able = [known for known in keys() if adapter(known).daily and adapter(known).historical]
    if key not in able:
        raise CommandError(f"{key} has no daily history; these have: {', '.join(able)}.")
    return key


def _first_day(days: str) -> date:
    """Read `--days`. Raises: CommandError."""
    if days == "all":
        return _FIRST
    if not days.isdecimal() or not 0 < int(days) < 40_000:
        raise CommandError("--days takes a number of days, or all.")
    return max(_FIRST, timezone.now().date() - timedelta(days=int(days)))


def _answers(key: str, origin: str, first: date, pause: float) -> Iterator[list[Tick]]:
    """Give the ticks of each answer, read from a file or asked over HTTP. Raises: CommandError."""
    if origin == "market" and not settings.FX_DEMO:
        raise CommandError("The demo market's rates are simulated, and this is no demo.")
    if origin and origin != "market" and not origin.startswith(("http://", "https://")):
        return iter([_read(key, Path(origin))])
    provider = _provider(key)
    if origin.startswith("http"):
        return _mirrored(provider, origin, first, pause)
    if origin == "market":
        provider.base_url = ""
    return _asked(provider, first, pause)


def _provider(key: str) -> Provider:
    provider = Provider.objects.filter(key=key).first()
    if provider is None:
        raise CommandError(f"There is no provider {key} in the database yet: run setup.")
    return provider


def _asked(provider: Provider, first: date, pause: float, *, mirror: bool = False) -> Iterator[list[Tick]]:
    """Ask for day after day; an answer of many days is followed by the first after it, if there can be one.

    Days that are known are not asked for again, but the first is: its answer may hold all the others. It does
    where it goes on beyond its day up to now; a list may carry rates of the days before it along.
    The plan is the source's own: a `mirror` is asked without counting.
    """
    between = timedelta(seconds=pause)
    today, known, day, asked = timezone.now().date(), days_known(provider.key, first), first, False
    currencies = frozenset(wanted_currencies())
    while day <= today:
        if asked and day in known:
            day += timedelta(days=1)
            continue
        ask = Ask(currencies, day, today=today)
        if asked:
            sleep((between if mirror else apart(provider, cost(provider, ask), between)).total_seconds())
        ticks, asked = _fetched(provider, ask, mirror=mirror), True
        yield ticks
        newest = max((tick.as_of.date() for tick in ticks), default=day)
        if newest > day and today - newest < _A_WEEK:
            return
        day = max(day, newest) + timedelta(days=1)


def _fetched(provider: Provider, ask: Ask, *, mirror: bool = False) -> list[Tick]:
    """Ask for a day; one without rates has no ticks. Raises: CommandError for any other failure."""
    fetched = (fetch if mirror else fetch_once)(provider, ask, timezone.now())
    if fetched.outcome == Outcome.UNSUPPORTED:
        return []
    if fetched.outcome != Outcome.OK:
        raise CommandError(
            f"{provider.key} at {ask.on}: {fetched.outcome}, {fetched.detail}. "
            "What came before is stored; run this again to go on."
        )
    return fetched.ticks


def _mirrored(provider: Provider, address: str, first: date, pause: float) -> Iterator[list[Tick]]:
    """Ask another address: a folder in place of the vendor's, or one of its files by name."""
    folder, _, name = address.rpartition("/")
    if "." not in name or not folder.partition("//")[2]:
        provider.base_url = address
        return _asked(provider, first, pause, mirror=True)
    provider.base_url = folder
    day, today = _day_of(provider, name, first), timezone.now().date()
    return iter([_fetched(provider, Ask(frozenset(wanted_currencies()), day, today=today), mirror=True)])


def _day_of(provider: Provider, name: str, first: date) -> date | None:
    """Find the day for which a source would ask for a file of this name. Raises: CommandError."""
    today = timezone.now().date()
    days: Iterable[date | None] = (first, today - timedelta(days=1), _FIRST, None)
    for day in days:
        if provider.adapter.request(Ask(frozenset({"USD"}), day, today=today)).path == name:
            return day
    raise CommandError(f"{provider.key} has no file {name}; give the folder's address, or a file here.")


def _read(key: str, path: Path) -> list[Tick]:
    """Have the adapter read a file as if it had been an answer. Raises: CommandError."""
    try:
        return adapter(key).parse(Body(200, path.read_bytes()), timezone.now())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except ProviderError as error:
        raise CommandError(f"{path}: {error.detail}") from error
