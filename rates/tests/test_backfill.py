"""Filling past days: every day once, whatever ends a run, within the plan, and nothing but what was said."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from demo.levels import installed_ecb_file
from demo.tests.running import KEYS, Running, eventually
from providers import breaker
from providers.models import Poll, Provider, QuotaUsage
from providers.tests.servers import Heard, Reply, Scripted
from rates.models import Rate, ReferenceRate
from rates.tests.backfilling import EASTER, backfill, days_asked, fixer_says, refused, stored
from rates.tests.scene import provider

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
DAY = timedelta(days=1)


@pytest.mark.parametrize("key", ["fixer", "openexchangerates", "freecurrencyapi"])
def test_each_day_is_stored_as_the_vendor_states_it(vendors: Running, key: str) -> None:
    provider(key)
    told = backfill("GBP/JPY", "--from", "2024-03-28", "--to", "2024-04-02", "--provider", key)
    hub = "EUR" if key == "fixer" else "USD"
    asked = vendors.client.get(
        *{
            "fixer": ("/fixer/2024-03-30",),
            "openexchangerates": ("/openexchangerates/historical/2024-03-30.json",),
            "freecurrencyapi": ("/freecurrencyapi/historical",),
        }[key],
        params=KEYS[key] | {"date": "2024-03-30"},
    ).json(parse_float=Decimal)
    rates = asked["rates"] if "rates" in asked else asked["data"]["2024-03-30"]
    for code in ("GBP", "JPY"):
        said = stored(key, hub, code)
        assert list(said) == [f"{date(2024, 3, 28) + number * DAY}" for number in range(6)]
        assert said["2024-03-30"] == Decimal(rates[code]).normalize()
    assert (told["days"], told["days_filled"], told["requests"]) == (6, 6, 6)
    assert not Rate.objects.exists()
    assert not Poll.objects.exists()


def test_the_rates_of_real_days_are_those_of_the_central_bank(vendors: Running) -> None:
    provider("fixer")
    backfill("EUR/USD", "--from", "2008-07-14", "--to", "2008-07-16")
    published = installed_ecb_file().rates(date(2008, 7, 15))["USD"]
    assert stored("fixer", "EUR", "USD")["2008-07-15"] == published == Decimal("1.599")


def test_a_table_of_all_days_is_asked_for_once(vendors: Running) -> None:
    provider("ecb", interval=300)
    told = backfill("USD/JPY", *EASTER)
    assert (told["requests"], told["days_filled"], told["days_without"]) == (1, 2, 4)
    assert set(stored("ecb", "EUR", "JPY")) == {"2024-03-28", "2024-04-02"}
    assert backfill("USD/JPY", *EASTER)["requests"] == 0


def test_a_second_run_asks_for_nothing_and_again_asks_for_everything(
    dated_vendor: Scripted, fixer: Provider
) -> None:
    first = backfill("EUR/USD", *EASTER)
    assert first["rates"] == {"new": 12, "corrected": 0, "known": 0, "refused": 0}
    assert backfill("EUR/USD", *EASTER)["requests"] == 0
    assert backfill("GBP/USD", *EASTER)["requests"] == 0
    again = backfill("EUR/USD", *EASTER, "--again")
    assert (again["requests"], again["rates"]["known"], len(dated_vendor.heard)) == (6, 12, 12)
    assert ReferenceRate.objects.count() == 12


def test_a_correction_supersedes_and_both_stay(dated_vendor: Scripted, fixer: Provider) -> None:
    one_day = ("EUR/USD", "--from", "2024-04-02", "--to", "2024-04-02")
    backfill(*one_day)
    dated_vendor.script = lambda _: fixer_says("2024-04-02", "1.09")
    told = backfill(*one_day, "--again")
    assert told["rates"] == {"new": 0, "corrected": 1, "known": 1, "refused": 0}
    rows = ReferenceRate.objects.stated("fixer", "EUR", "USD").order_by("known_at")
    assert [row.rate for row in rows] == [Decimal("1.08"), Decimal("1.09")]


def test_only_the_days_between_are_asked_for_when_others_are_known(
    dated_vendor: Scripted, fixer: Provider
) -> None:
    backfill("EUR/USD", "--from", "2024-03-01", "--to", "2024-03-03")
    backfill("EUR/USD", "--from", "2024-03-10", "--to", "2024-03-11")
    dated_vendor.heard.clear()
    told = backfill("EUR/USD", "--from", "2024-02-29", "--to", "2024-03-12")
    assert days_asked(dated_vendor) == [
        "2024-02-29",
        *(f"2024-03-0{day}" for day in range(4, 10)),
        "2024-03-12",
    ]
    assert (told["days"], told["days_known"], told["days_filled"]) == (13, 5, 8)


def test_a_day_without_a_rate_is_left_out_and_not_asked_for_again(dated_vendor: Scripted) -> None:
    provider("frankfurter", interval=300, base_url=dated_vendor.url)

    def script(heard: Heard) -> Reply:
        day = date.fromisoformat(heard.path.split("?")[0].strip("/"))
        if date(2024, 3, 29) <= day <= date(2024, 4, 1):
            return Reply(404, b'{"message":"not found"}')
        return Reply(200, b'{"base":"EUR","date":"%s","rates":{"USD":1.08}}' % str(day).encode())

    dated_vendor.script = script
    told = backfill("EUR/USD", *EASTER)
    assert (told["requests"], told["days_filled"], told["days_without"]) == (6, 2, 4)
    assert backfill("EUR/USD", *EASTER)["requests"] == 0


def test_a_rate_of_no_day_is_not_stored_as_one(dated_vendor: Scripted) -> None:
    provider("freecurrencyapi", base_url=dated_vendor.url)
    dated_vendor.script = lambda _: Reply(200, b'{"data":{"EUR":0.92}}')
    complaint, told = refused("EUR/USD", *EASTER)
    assert "no rate of EUR/USD on any of these days" in complaint
    assert (told["requests"], ReferenceRate.objects.count()) == (6, 0)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_midway_is_completed_by_the_next(dated_vendor: Scripted) -> None:
    provider("fixer", base_url=dated_vendor.url)
    span = ("EUR/USD", "--from", "2024-01-01", "--to", "2024-02-29")
    running = subprocess.Popen(
        [sys.executable, "manage.py", "backfill", *span, "--pause", "0.05"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    eventually(lambda: len(dated_vendor.heard) >= 5, 20)
    running.kill()
    running.wait(10)
    part = ReferenceRate.objects.count() // 2
    assert 4 <= part < 60
    dated_vendor.heard.clear()
    eventually(lambda: not locked("fixer"), 5)
    told = backfill(*span)
    assert (told["days_known"], told["days_filled"], len(dated_vendor.heard)) == (part, 60 - part, 60 - part)
    assert len(stored("fixer", "EUR", "USD")) == 60


def test_it_takes_half_of_what_the_plan_has_left_and_no_more(dated_vendor: Scripted, fixer: Provider) -> None:
    Provider.objects.update(requests_per_month=9)
    complaint, told = refused("EUR/USD", *EASTER)
    assert complaint.startswith("fixer stopped at 2024-04-01: quota, 4 of 4 requests are sent.")
    assert (told["days_filled"], told["days_left"]) == (4, 2)
    assert QuotaUsage.objects.get().used == len(dated_vendor.heard) == 4
    assert backfill("EUR/USD", *EASTER, "--requests", "5")["days_filled"] == 2
    assert QuotaUsage.objects.get().used == 6


def test_it_asks_for_nothing_beyond_the_plan_however_many_are_allowed(
    dated_vendor: Scripted, fixer: Provider
) -> None:
    Provider.objects.update(requests_per_month=3)
    complaint, _ = refused("EUR/USD", *EASTER, "--requests", "100")
    assert "2024-03-31: quota, the plan's month is used up" in complaint
    assert len(dated_vendor.heard) == 3


def test_it_leaves_a_source_alone_whose_breaker_is_open(dated_vendor: Scripted, fixer: Provider) -> None:
    breaker.hold("fixer")
    complaint, _ = refused("EUR/USD", *EASTER)
    assert "2024-03-28: unavailable, the breaker is held" in complaint
    assert dated_vendor.heard == []


def test_a_failure_that_passes_is_waited_for_and_moves_no_breaker(
    dated_vendor: Scripted, fixer: Provider
) -> None:
    troubles = [Reply(503), Reply(503), Reply(502)]
    dated_vendor.script = lambda heard: (
        troubles.pop() if troubles else fixer_says(heard.path.split("?")[0].strip("/"))
    )
    told = backfill("EUR/USD", *EASTER)
    assert (told["days_filled"], told["requests"]) == (6, 9)
    assert breaker.standings(["fixer"])["fixer"].state == "closed"


@pytest.mark.parametrize(
    ("reply", "category"),
    [
        (Reply(401, b'{"success":false,"error":{"code":101,"type":"invalid_access_key"}}'), "auth"),
        (Reply(200, b'{"success":false,"error":{"code":105,"type":"function_access_restricted"}}'), "plan"),
        (Reply(200, b'{"success":false,"error":{"code":104,"type":"usage_limit_reached"}}'), "quota"),
        (Reply(200, b"<html>Sorry</html>"), "bad_body"),
        (Reply(503, b"", {"Retry-After": "900"}), "unavailable"),
    ],
)
def test_a_failure_that_stays_ends_it_by_its_category(
    dated_vendor: Scripted, fixer: Provider, reply: Reply, category: str
) -> None:
    dated_vendor.script = lambda _: fixer_says("2024-03-28") if len(dated_vendor.heard) == 1 else reply
    complaint, told = refused("EUR/USD", *EASTER)
    assert complaint.startswith(f"fixer stopped at 2024-03-29: {category}, ")
    assert complaint.endswith("What came before is stored; run this again to go on.")
    assert (told["days_filled"], told["days_left"], len(dated_vendor.heard)) == (1, 5, 2)
    assert breaker.standings(["fixer"])["fixer"].state == "closed"


def test_a_pair_that_the_vendor_never_states_costs_fifteen_requests(
    dated_vendor: Scripted, fixer: Provider
) -> None:
    complaint, _ = refused("EUR/KES", "--from", "2020-01-01", "--to", "2023-12-31")
    assert "2020-01-15: unsupported, none of the last 15 days has this pair" in complaint
    assert len(dated_vendor.heard) == 15


def test_a_currency_that_has_ended_has_no_later_days(dated_vendor: Scripted) -> None:
    lines = (
        "Date,USD,HRK,",
        "2023-01-02,1.0683,N/A,",
        "2022-12-30,1.0666,7.5365,",
        "2022-12-29,1.0649,7.5365,",
    )
    dated_vendor.script = lambda _: Reply(200, "\n".join(lines).encode(), {"Content-Type": "text/csv"})
    provider("ecb", interval=300, base_url=dated_vendor.url)
    complaint, told = refused("EUR/HRK", "--from", "2023-01-01", "--to", "2023-01-02")
    assert complaint == "ecb has no rate of EUR/HRK on any of these days."
    assert told["stopped"] is None
    assert backfill("EUR/HRK", "--from", "2022-12-29", "--to", "2023-01-02")["days_filled"] == 2


def locked(key: str) -> bool:
    with breaker.client() as redis:
        return bool(redis.exists(f"{os.environ['FX_KEY_PREFIX']}:lock:backfill:{key}"))


def database_url() -> str:
    held = connection.settings_dict
    user = ":".join(filter(None, [held["USER"], held["PASSWORD"]]))
    return f"postgresql://{user}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
