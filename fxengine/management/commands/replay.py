"""Tell again what sources said in a span of the past, as if they said it now; in a demo alone."""

from __future__ import annotations

import json
import signal
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fxengine.replay import Told, tell
from providers.locks import living_lock
from providers.models import TickLog
from rates.current import check_environment
from rates.errors import WrongEnvironment
from rates.management.arguments import moment, seconds
from rates.management.progress import Progress

_SECOND = timedelta(seconds=1)


def _speed(text: str) -> float | None:
    """Read how many times as fast; 0 or `max` do not wait. Raises: ArgumentTypeError."""
    if text == "max":
        return None
    try:
        return seconds(text).total_seconds() or None
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r} is no speed such as 1, 10 or max") from None


class Command(BaseCommand):
    """Run until the span is told, or SIGINT or SIGTERM. Prices are made anew, by the rules of today.

    Sources are not polled meanwhile, nor for three seconds after.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the span and the speed."""
        parser.add_argument("--from", dest="first", type=moment, required=True, metavar="TIME")
        parser.add_argument("--to", dest="end", type=moment, metavar="TIME", help="default: now")
        parser.add_argument(
            "--speed", type=_speed, default="1", help="so many times as fast; 0 or max: at once (default: 1)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON in place of a sentence")

    def handle(self, *_: Any, **options: Any) -> None:
        """Replay, and say what came of it. Raises: CommandError, outside a demo before anything else."""
        _check_environment()
        # What is replayed is logged again; without an end the replay would hear itself.
        now = timezone.now()
        first, end = options["first"], min(options["end"] or now, now)
        if not (first < end and TickLog.objects.received(first, end).exists()):
            raise CommandError(f"No ticks are stored from {first.isoformat()} to {end.isoformat()}.")
        with living_lock("replay") as held, _stoppable() as stopped:
            if held is False:
                raise CommandError("Another replay is running.")
            report = self._replay(first, end, options["speed"], stopped)
        self.stdout.write(json.dumps(report) if options["json"] else _sentence(report))

    def _replay(self, first: datetime, end: datetime, speed: float | None, stopped: Event) -> dict[str, Any]:
        """Tell the span, and show how much of its time has passed."""
        began, told = perf_counter(), {"answers": 0, "ticks": 0, "fixings": 0, "prices": 0}
        progress, shown = Progress(self.stderr, (end - first) // _SECOND + 1), 0
        for answer in tell(first, end, speed, stopped):
            _add(told, answer)
            passed = (answer.received_at - first) // _SECOND
            if passed > shown:
                progress.advance(passed - shown, f"s, up to {answer.received_at:%Y-%m-%d %H:%M:%S}")
                shown = passed
        span = {"from": first.isoformat(), "to": end.isoformat()}
        return span | told | {"stopped": stopped.is_set(), "seconds": round(perf_counter() - began, 1)}


def _add(told: dict[str, int], answer: Told) -> None:
    told["answers"] += 1
    told["ticks"] += answer.ticks
    told["fixings"] += answer.fixings
    told["prices"] += answer.prices


def _sentence(report: dict[str, Any]) -> str:
    return (
        f"{'stopped' if report['stopped'] else 'done'}: {report['answers']:,} answers with "
        f"{report['ticks']:,} ticks made {report['prices']:,} prices in {report['seconds']} s; "
        f"{report['fixings']:,} fixings left out"
    )


def _check_environment() -> None:
    """See that all prices here are simulated ones. Raises: CommandError."""
    if not settings.FX_DEMO:
        raise CommandError("A replay publishes old prices as new ones, and this is no demo.")
    try:
        check_environment()
    except WrongEnvironment as error:
        raise CommandError(error.detail) from None


@contextmanager
def _stoppable() -> Iterator[Event]:
    """Turn SIGINT and SIGTERM into a wish to stop between two answers, for the length of a block."""
    stopped = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
