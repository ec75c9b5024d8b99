"""Show every source and how it does; with --check, ask each enabled one once."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from providers.adapters import adapter, keys
from providers.adapters.base import Ask
from providers.board import summaries
from providers.fetch import fetch_once
from providers.fetched import Fetched
from providers.models import Outcome, Provider

_ASKED = frozenset({"USD", "EUR", "GBP", "JPY"})
_HEADINGS = ("key", "name", "needs key", "past days", "state", "interval", "last success")
_CHECK_HEADINGS = ("key", "outcome", "ticks", "ms", "detail")


class Command(BaseCommand):
    """A check stores nothing, and ends with 1 when a source failed."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer a check, and JSON for programs."""
        parser.add_argument("--check", action="store_true", help="fetch once from each enabled source")
        parser.add_argument("--json", action="store_true", help="print JSON in place of a table")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the table of sources, or that of a check. Raises: CommandError when one failed."""
        rows = _checked() if options["check"] else _listed(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(rows, cls=DjangoJSONEncoder))
        else:
            cells = _check_cells(rows) if options["check"] else _cells(rows)
            headings = _CHECK_HEADINGS if options["check"] else _HEADINGS
            self.stdout.write("\n".join(_aligned([headings, *cells])))
        failed = [row["key"] for row in rows if row.get("outcome", Outcome.OK) != Outcome.OK]
        if failed:
            raise CommandError(f"{len(failed)} of {len(rows)} failed: {', '.join(failed)}")


def _listed(now: datetime) -> list[dict[str, Any]]:
    """Describe every adapter, also one that has no row yet."""
    known = {row["key"]: row for row in summaries(Provider.objects.all(), now)}
    nothing = {"state": "not set up", "interval_s": None, "last_success": None}
    return [
        {
            "key": key,
            "name": adapter(key).name,
            "needs_key": not adapter(key).keyless,
            "historical": adapter(key).historical,
        }
        | {name: known.get(key, nothing)[name] for name in nothing}
        for key in keys()
    ]


def _checked() -> list[dict[str, Any]]:
    """Ask each enabled source that has what it needs, one after the other."""
    able = [provider for provider in Provider.objects.enabled() if not provider.idle]
    return [_outcome(provider, _fetched(provider)) for provider in able]


def _fetched(provider: Provider) -> Fetched:
    now = timezone.now()
    return fetch_once(provider, Ask(_ASKED, today=now.date()), now)


def _outcome(provider: Provider, fetched: Fetched) -> dict[str, Any]:
    return {
        "key": provider.key,
        "outcome": fetched.outcome.value,
        "ticks": len(fetched.ticks),
        "latency_ms": round(fetched.latency.total_seconds() * 1000),
        "detail": fetched.detail,
    }


def _cells(rows: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (
            row["key"],
            row["name"],
            "yes" if row["needs_key"] else "no",
            "yes" if row["historical"] else "no",
            row["state"],
            "" if row["interval_s"] is None else f"{row['interval_s']} s",
            f"{row['last_success']:%Y-%m-%d %H:%M:%S}" if row["last_success"] else "never",
        )
        for row in rows
    ]


def _check_cells(rows: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [tuple(str(cell) for cell in row.values()) for row in rows]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad every column to its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
