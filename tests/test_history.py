"""The past of a running house: fixings loaded, days filled in, candles read, old ticks told again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import httpx
from defusedxml import ElementTree

from tests.house import House, eventually

PUBLISHED = Context(prec=12, rounding=ROUND_HALF_EVEN)
RATES = "SELECT count(*), count(DISTINCT r.seq), max(r.seq) - min(r.seq) + 1 FROM rates_rate r"
OURS = "JOIN rates_pair p ON p.id = r.pair_id WHERE p.base_id = 'EUR' AND p.quote_id = 'USD'"


def test_the_fixings_of_the_market_are_loaded_and_read(house: House) -> None:
    said = house.manage("load_reference", "--days", "30")
    assert " 0 corrected, " in said
    published = ElementTree.fromstring(httpx.get(f"{house.market}/ecb/eurofxref-daily.xml").content)
    (dated,) = (cube for cube in published.iter() if "time" in cube.attrib)
    rates = {cube.get("currency"): Decimal(cube.attrib["rate"]) for cube in dated}
    newest = house.get(f"rates/EUR/USD/on/{dated.get('time')}").json()
    assert (newest["date"], Decimal(newest["rate"])) == (dated.get("time"), rates["USD"])
    cross = house.get(f"rates/USD/JPY/on/{dated.get('time')}").json()
    assert Decimal(cross["rate"]) == PUBLISHED.divide(rates["JPY"], rates["USD"])
    series = house.get("rates/EUR/USD/daily", **{"from": dated.get("time")}).json()["series"]
    assert [row["date"] for row in series] == [dated.get("time")]


def test_days_are_filled_in_from_a_source_that_knows_the_pair(house: House) -> None:
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=3), today - timedelta(days=1)
    assert house.get(f"rates/KES/NGN/on/{last}").json()["code"] == "no_reference_rate"
    span = ("KES/NGN", "--from", str(first), "--to", str(last), "--pause", "0", "--json")
    told = json.loads(house.manage("backfill", *span))
    assert (told["provider"], told["days_filled"], told["requests"]) == ("openexchangerates", 3, 3)
    assert json.loads(house.manage("backfill", *span))["requests"] == 0
    found = house.get(f"rates/KES/NGN/on/{last}").json()
    rates = vendor_says(house, last)
    assert (found["date"], found["rate"]) == (str(last), plain(PUBLISHED.divide(rates["NGN"], rates["KES"])))


def vendor_says(house: House, day: date) -> dict[str, Decimal]:
    """Ask the vendor itself what a day's rates were."""
    asked = httpx.get(
        f"{house.market}/openexchangerates/historical/{day}.json",
        params={"app_id": "demo-key-openexchangerates"},
    )
    found: dict[str, Decimal] = asked.json(parse_float=Decimal)["rates"]
    return found


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def test_what_was_published_is_read_as_ticks_and_as_candles(house: House) -> None:
    until = datetime.now(UTC)
    eventually(lambda: datetime.fromisoformat(house.price("EUR/USD")["as_of"]) > until)
    span = {"from": (until - timedelta(minutes=30)).isoformat(), "to": until.isoformat()}
    bounds = "AND r.as_of >= '{from}' AND r.as_of < '{to}'".format(**span)
    ((published, _, _),) = house.query(f"{RATES} {OURS} {bounds}")
    assert (
        len(house.get("rates/EUR/USD/history", interval="tick", limit=5000, **span).json()["ticks"])
        == published
    )
    candles = house.get("rates/EUR/USD/history", interval="1m", hours=1).json()["candles"]
    assert sum(candle["n"] for candle in candles) >= published > 0
    assert all(Decimal(c["l"]) <= Decimal(c["o"]) <= Decimal(c["h"]) for c in candles)


def test_old_ticks_are_told_again_and_then_the_market_goes_on(house: House) -> None:
    until = datetime.now(UTC)
    eventually(lambda: datetime.fromisoformat(house.price("EUR/USD")["as_of"]) > until)
    ((before, _, _),) = house.query(RATES)
    span = ("--from", (until - timedelta(seconds=5)).isoformat(), "--to", until.isoformat())
    told: dict[str, Any] = json.loads(house.manage("replay", *span, "--speed", "max", "--json"))
    replayed = eventually(lambda: (p := house.price("EUR/USD"))["as_of_basis"] == "received" and p, 2)
    assert replayed["environment"] == "demo"
    assert told["answers"] >= 2
    ((after, seqs, span_of_seqs),) = house.query(RATES)
    assert after - before >= told["prices"] > 0
    assert seqs == span_of_seqs
    eventually(
        lambda: house.price("EUR/USD")["as_of_basis"] == "vendor" and house.price("EUR/USD")["sources"] == 3
    )
