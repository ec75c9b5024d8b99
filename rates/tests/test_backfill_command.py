"""The command that fills past days: what it asks, of whom, what it says and what it refuses."""

from __future__ import annotations

import os
import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from providers import breaker
from providers.models import Provider
from providers.tests.servers import Heard, Reply, Scripted
from rates.tests.backfilling import EASTER, backfill, refused
from rates.tests.scene import provider

pytestmark = pytest.mark.django_db
TODAY = str(timezone.now().date())


def test_one_backfill_of_a_source_runs_at_a_time(dated_vendor: Scripted, fixer: Provider) -> None:
    with breaker.client() as redis, redis.lock(f"{os.environ['FX_KEY_PREFIX']}:lock:backfill:fixer"):
        assert refused("EUR/USD", *EASTER)[0] == "Another backfill from fixer is running."


def test_the_first_enabled_source_with_a_past_is_asked(dated_vendor: Scripted) -> None:
    provider("open_er_api", priority=1)
    provider("openexchangerates", priority=2)
    Provider.objects.filter(key="openexchangerates").update(enabled=False)
    provider("fixer", priority=3, base_url=dated_vendor.url)
    provider("freecurrencyapi", priority=4)
    assert backfill("EUR/USD", *EASTER)["provider"] == "fixer"


def test_an_interrupt_ends_it_with_what_came_before(dated_vendor: Scripted, fixer: Provider) -> None:
    honest = dated_vendor.script

    def script(heard: Heard) -> Reply:
        if len(dated_vendor.heard) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return honest(heard)

    dated_vendor.script = script
    complaint, told = refused("EUR/USD", *EASTER)
    assert complaint == "fixer was interrupted. What came before is stored; run this again to go on."
    assert (told["days_filled"], told["days_left"], told["stopped"]) == (3, 3, "was interrupted")
    assert backfill("EUR/USD", *EASTER)["days_filled"] == 3


def test_people_read_a_sentence_and_see_how_far_it_is(dated_vendor: Scripted, fixer: Provider) -> None:
    said, progress = StringIO(), StringIO()
    call_command("backfill", "eur-usd", *EASTER, "--pause", "0", stdout=said, stderr=progress)
    assert said.getvalue().startswith(
        "EUR/USD from fixer, 2024-03-28 to 2024-04-02: 6 days, 0 known before, 6 filled, 0 without a rate, "
        "0 left; 6 requests in "
    )
    assert progress.getvalue().splitlines()[-1] == "6 of 6 days, up to 2024-04-02"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["EUR/EUR", *EASTER], "against itself"),
        (["EURO", *EASTER], "'EURO' is not a pair"),
        (["EUR/QQQ", *EASTER], "'QQQ' is not a currency code"),
        (["EUR/USD", *EASTER, "--provider", "nobody"], "no provider nobody"),
        (["EUR/USD", *EASTER, "--provider", "open_er_api"], "open_er_api does not tell of past days"),
        (["EUR/USD", *EASTER, "--provider", "wise"], "wise cannot be asked: it lacks its demo vendor"),
        (["EUR/USD", "--from", TODAY, "--to", TODAY], "--to is at most"),
        (["EUR/USD", "--from", "2024-03-02", "--to", "2024-03-01"], "--from 2024-03-02 is after"),
        (["EUR/USD", "--from", "2023-02-29"], "no date"),
        (["EUR/USD", "--from", "٢٠٢٤-01-01"], "no date"),
        (["EUR/USD", *EASTER, "--requests", "-1"], "whole number|expected one argument"),
        (["EUR/USD"], "--from"),
    ],
)
def test_it_says_what_it_cannot_do(fixer: Provider, arguments: list[str], complaint: str) -> None:
    provider("wise")
    provider("open_er_api")
    with pytest.raises(CommandError, match=complaint):
        call_command("backfill", *arguments)
