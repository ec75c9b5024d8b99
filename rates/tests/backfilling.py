"""Run backfills against a vendor of a test's own, and read what they stored."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from providers.tests.servers import Reply, Scripted
from rates.models import ReferenceRate

EASTER = ("--from", "2024-03-28", "--to", "2024-04-02")
_QUICK = ("--pause", "0", "--json")


def backfill(*arguments: str) -> dict[str, Any]:
    said = StringIO()
    call_command("backfill", *arguments, *_QUICK, stdout=said, stderr=StringIO())
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def refused(*arguments: str) -> tuple[str, dict[str, Any]]:
    """Run a backfill that does not complete; give its complaint and what it reports all the same."""
    said = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("backfill", *arguments, *_QUICK, stdout=said, stderr=StringIO())
    return str(error.value), json.loads(said.getvalue() or "{}")


def stored(key: str, base: str, quote: str) -> dict[str, Decimal]:
    rows = ReferenceRate.objects.stated(key, base, quote).order_by("date", "known_at")
    return {row.date.isoformat(): row.rate.normalize() for row in rows}


def days_asked(vendor: Scripted) -> list[str]:
    return [heard.path.split("?")[0].strip("/") for heard in vendor.heard]


def fixer_says(day: str, rate: str = "1.08") -> Reply:
    stamp = int(datetime.fromisoformat(f"{day}T23:59:59+00:00").timestamp())
    body = {"success": True, "historical": True, "timestamp": stamp, "base": "EUR", "date": day}
    return Reply(200, json.dumps(body | {"rates": {"USD": float(rate), "GBP": 0.85}}).encode())
