"""The command that shows all sources, and the check that asks each enabled one once."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from providers.adapters import keys
from providers.models import NewestTick, Poll
from providers.tests.builders import source
from providers.tests.servers import KEYS, Market, Reply, Scripted
from providers.traffic import usage

pytestmark = pytest.mark.django_db


def said(*arguments: str, failing: str = "") -> str:
    """Run the command; where it fails, the words of its failure must match."""
    output = StringIO()
    if failing:
        with pytest.raises(CommandError, match=failing):
            call_command("providers", *arguments, stdout=output)
    else:
        call_command("providers", *arguments, stdout=output)
    return output.getvalue()


def listed(*arguments: str, failing: str = "") -> dict[str, Any]:
    return {row["key"]: row for row in json.loads(said(*arguments, "--json", failing=failing))}


def test_every_adapter_is_listed_with_how_it_does() -> None:
    fixer = source("fixer", api_key="a-key", interval_seconds=7)
    source("ecb", enabled=False)
    Poll.objects.create(provider=fixer, started_at=timezone.now(), latency_ms=5, outcome="ok")
    rows = listed()
    assert set(rows) == set(keys())
    assert (rows["fixer"]["state"], rows["fixer"]["interval_s"], rows["fixer"]["needs_key"]) == (
        "ok",
        7,
        True,
    )
    assert rows["fixer"]["last_success"]
    assert (rows["ecb"]["state"], rows["ecb"]["needs_key"]) == ("off", False)
    assert rows["kraken"]["state"] == "not set up"
    assert (rows["ecb"]["historical"], rows["kraken"]["historical"]) == (True, False)


def test_the_table_has_a_line_for_each_in_columns() -> None:
    source("fixer", api_key="a-key")
    heading, *lines = said().splitlines()
    assert len(lines) == len(keys())
    (fixer,) = (line for line in lines if line.startswith("fixer "))
    assert fixer.split() == ["fixer", "Fixer", "yes", "yes", "waiting", "60", "s", "never"]
    assert fixer.index("yes") == heading.index("needs key")
    assert fixer.index("never") == heading.index("last success")


def test_a_check_asks_each_enabled_source_once_and_stores_nothing(market: Market) -> None:
    for key, api_key in KEYS.items():
        source(key, api_key=api_key)
    source("ecb")
    source("kraken", enabled=False)
    before = {key: market.requests(key) for key in (*KEYS, "ecb")}
    rows = listed("--check")
    assert set(rows) == {*KEYS, "ecb"}
    assert {row["outcome"] for row in rows.values()} == {"ok"}
    assert all(row["ticks"] >= 3 for row in rows.values())
    assert {key: market.requests(key) - count for key, count in before.items()} == dict.fromkeys(before, 1)
    assert not Poll.objects.exists()
    assert not NewestTick.objects.exists()


def test_a_check_counts_in_the_plan_and_says_when_that_is_used_up(market: Market) -> None:
    provider = source(api_key=KEYS["fixer"], requests_per_month=2)
    before = market.requests("fixer")
    for _ in range(2):
        assert listed("--check")["fixer"]["outcome"] == "ok"
    assert listed("--check", failing="1 of 1 failed: fixer")["fixer"]["outcome"] == "quota"
    assert market.requests("fixer") - before == usage(provider, timezone.now()).used == 2


def test_a_check_fails_when_one_source_does_and_names_it(market: Market, vendor: Scripted) -> None:
    source("ecb")
    vendor.script = lambda _: Reply(
        401, b'{"success":false,"error":{"code":101,"type":"invalid_access_key"}}'
    )
    source("fixer", api_key="wrong", base_url=vendor.url)
    rows = listed("--check", failing="1 of 2 failed: fixer")
    assert (rows["ecb"]["outcome"], rows["fixer"]["outcome"]) == ("ok", "auth")
    table = said("--check", failing="fixer")
    assert "wrong" not in table
    assert [line.split()[:2] for line in table.splitlines()[1:]] == [["ecb", "ok"], ["fixer", "auth"]]


def test_a_check_leaves_out_what_lacks_something() -> None:
    source("fixer")
    assert said("--check").split() == ["key", "outcome", "ticks", "ms", "detail"]
