"""Fill the daily reference rates of a pair's past from a source that tells of past days."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date, timedelta
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from providers.locks import living_lock
from providers.models import Provider
from providers.past import share
from rates.backfill import Backfill, Span, Stopped, unknown_days
from rates.errors import ApiError, WrongEnvironment
from rates.management.arguments import day, seconds, whole
from rates.management.progress import Progress
from rates.pairs import parse_pair
from rates.reference import Stored

_INTERRUPTED = 130


class Command(BaseCommand):
    """Ask for each day that is not known yet, and store it at once: run it again to go on, or for nothing.

    A source of daily fixings is asked up to today, others up to yesterday: an open day has no close.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the pair, the days, the source, and what it may cost."""
        parser.add_argument("pair", help="such as EUR/USD")
        parser.add_argument("--from", dest="first", type=day, required=True, metavar="DATE")
        parser.add_argument("--to", dest="last", type=day, metavar="DATE", help="default: the last full day")
        parser.add_argument("--provider", help="default: the first enabled source that tells of past days")
        parser.add_argument("--again", action="store_true", help="ask for known days too, for corrections")
        parser.add_argument(
            "--requests",
            type=whole,
            metavar="N",
            help="at most so many (default: half of what the plan's month has left)",
        )
        parser.add_argument("--pause", type=seconds, default="1", help="seconds between answers (default: 1)")
        parser.add_argument("--json", action="store_true", help="print JSON in place of a sentence")

    def handle(self, *_: Any, **options: Any) -> None:
        """Fill the span and say what came of it. Raises: CommandError where it is not complete."""
        provider = _provider(options["provider"])
        span = _span(provider, options["pair"], options["first"], options["last"])
        with living_lock(f"backfill:{provider.key}") as held:
            if held is False:
                raise CommandError(f"Another backfill from {provider.key} is running.")
            # Asked now, with the lock held: the other one may have used the plan, or stored these days.
            most = share(provider, timezone.now()) if options["requests"] is None else options["requests"]
            days = span.days if options["again"] else unknown_days(provider.key, span)
            run = _Run(self.stderr, Backfill(provider, span, options["pause"], most), days)
            run.go()
        self.stdout.write(json.dumps(run.report()) if options["json"] else run.sentence())
        run.check()


class _Run:
    """Work through the days, show how far that is, and remember what came of it."""

    def __init__(self, output: OutputWrapper, backfill: Backfill, days: Sequence[date]) -> None:
        self._backfill, self._days, self._began = backfill, days, perf_counter()
        self._progress = Progress(output, len(backfill.span.days))
        self._left = set(days)
        self._filled: set[date] = set()
        self._total, self._stopped, self._code = Stored(), "", 1

    def go(self) -> None:
        """Ask and store until all days are settled, or something stops it."""
        span, days = self._backfill.span, self._days
        self._progress.advance(len(span.days) - len(days), "days, known before")
        try:
            for answer in self._backfill.answers(days):
                settled = self._left & answer.settled
                self._left -= settled
                self._filled |= answer.days
                self._total += answer.stored
                self._progress.advance(len(settled), f"days, up to {answer.day}")
        except Stopped as stopped:
            self._stopped = f"stopped at {stopped}"
        except WrongEnvironment as error:
            raise CommandError(error.detail) from None
        except KeyboardInterrupt:
            self._stopped, self._code = "was interrupted", _INTERRUPTED

    def report(self) -> dict[str, Any]:
        """Describe the run for programs; `days_without` were asked for and have no rate of the pair."""
        span, total = self._backfill.span, self._total
        settled = set(self._days) - self._left
        return {
            "pair": f"{span.base}/{span.quote}",
            "provider": self._backfill.provider.key,
            "from": span.first.isoformat(),
            "to": span.last.isoformat(),
            "days": len(span.days),
            "days_known": len(span.days) - len(self._days),
            "days_filled": len(settled & self._filled),
            "days_without": len(settled - self._filled),
            "days_left": len(self._left),
            "requests": self._backfill.sent,
            "rates": {name: getattr(total, name) for name in ("new", "corrected", "known", "refused")},
            "stopped": self._stopped or None,
            "seconds": round(perf_counter() - self._began, 1),
        }

    def sentence(self) -> str:
        """Describe the run for people."""
        said = self.report()
        rates = ", ".join(f"{number:,} {name}" for name, number in said["rates"].items())
        return (
            f"{said['pair']} from {said['provider']}, {said['from']} to {said['to']}: {said['days']:,} days, "
            f"{said['days_known']:,} known before, {said['days_filled']:,} filled, "
            f"{said['days_without']:,} without a rate, {said['days_left']:,} left; "
            f"{said['requests']:,} requests in {said['seconds']} s; rates {rates}"
        )

    def check(self) -> None:
        """See that the span is complete, with a rate somewhere. Raises: CommandError."""
        span, key = self._backfill.span, self._backfill.provider.key
        if self._stopped:
            again = "What came before is stored; run this again to go on."
            raise CommandError(f"{key} {self._stopped}. {again}", returncode=self._code)
        if len(self._days) == len(span.days) and not self._filled:
            raise CommandError(f"{key} has no rate of {span.base}/{span.quote} on any of these days.")


def _provider(key: str | None) -> Provider:
    """Find the source to ask: the one named, or the first of those polled. Raises: CommandError."""
    if key is None:
        able = (p for p in Provider.objects.enabled() if p.adapter.historical and not p.idle)
        if (found := next(able, None)) is None:
            raise CommandError("No source that is switched on tells of past days; name one with --provider.")
        return found
    provider = Provider.objects.filter(key=key).first()
    if provider is None:
        raise CommandError(f"There is no provider {key} in the database.")
    if not provider.adapter.historical:
        raise CommandError(f"{key} does not tell of past days.")
    if provider.idle:
        raise CommandError(f"{key} cannot be asked: it lacks its {provider.lacks.replace('_', ' ')}.")
    return provider


def _span(provider: Provider, pair: str, first: date, last: date | None) -> Span:
    """Check the pair and the days. Raises: CommandError."""
    try:
        base, quote = parse_pair(pair)
    except ApiError as error:
        raise CommandError(error.detail) from None
    if base == quote:
        raise CommandError("A currency against itself has no history.")
    newest = timezone.now().date() - timedelta(days=0 if provider.adapter.daily else 1)
    last = newest if last is None else last
    if last > newest:
        raise CommandError(f"--to is at most {newest}: {provider.key} has no rate of a later day yet.")
    if first > last:
        raise CommandError(f"--from {first} is after --to {last}.")
    return Span(base, quote, first, last)
