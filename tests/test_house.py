"""The house stands: what a newcomer sees within seconds of one command."""

import json
import os
import signal
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from tests.house import VENDORS, House, eventually, ready, start

PUBLISHED = Context(prec=12, rounding=ROUND_HALF_EVEN)


def age(price: dict[str, Any]) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(price["as_of"])).total_seconds()


def euro_dollar(levels: dict[str, Any]) -> Fraction:
    """Rebase what one vendor publishes to dollars per euro."""
    rates = {
        code: stated["mid"] if isinstance(stated, dict) else stated
        for code, stated in levels["rates"].items()
    }
    return Fraction(rates["USD"]) if levels["base"] == "EUR" else 1 / Fraction(rates["EUR"])


def test_prices_are_fresh_rest_on_three_sources_and_say_that_they_are_a_demo(house: House) -> None:
    answer = house.get("rates/EUR/USD")
    price = answer.json()
    assert age(price) < 10
    assert price["sources"] >= 3
    assert price["environment"] == "demo"
    assert answer.headers["X-Fx-Environment"] == "demo"
    assert house.get("rates").json()["environment"] == "demo"
    assert house.get("").json()["environment"] == "demo"


def test_prices_change_every_second_or_two(house: House) -> None:
    seen = {house.price("EUR/USD")["mid"]}
    eventually(lambda: seen.add(house.price("EUR/USD")["mid"]) or len(seen) >= 3, 10)


def test_a_conversion_is_answered_with_a_receipt_that_is_in_the_database(house: House) -> None:
    body = {"from": "EUR", "to": "JPY", "amount": "1000.00", "reference": "inv-881"}
    answer = httpx.post(f"{house.url}api/v1/convert", json=body)
    receipt = answer.json()
    assert answer.status_code == 201
    exact = Decimal("1000.00") * Decimal(receipt["price"]["mid"])
    assert Decimal(receipt["result"]) == exact.quantize(Decimal(1), ROUND_HALF_EVEN)
    stored = house.query(f"SELECT result, reference FROM conversions_receipt WHERE id = '{receipt['id']}'")
    assert stored == [(Decimal(receipt["result"]), "inv-881")]
    assert house.get(f"conversions/{receipt['id']}").json() == receipt


def test_with_the_market_frozen_the_euro_is_the_exact_median_of_the_vendors(house: House) -> None:
    house.freeze(frozen=True)
    said = sorted(euro_dollar(house.levels(vendor)) for vendor in VENDORS)
    middle = Fraction(median(said))
    expected = PUBLISHED.divide(Decimal(middle.numerator), Decimal(middle.denominator))
    price = eventually(lambda: (p := house.price("EUR/USD"))["mid"] == f"{expected.normalize():f}" and p)
    assert price["method"] == "median"
    assert price["path"] == ["EUR", "USD"]


def test_crosses_say_their_path_and_close_with_their_inverse(house: House) -> None:
    house.freeze(frozen=True)
    eventually(lambda: Decimal(house.price("AUD/CAD")["mid"]) == PUBLISHED.multiply(
        *(Decimal(house.price(symbol)["mid"]) for symbol in ("AUD/USD", "USD/CAD"))))  # fmt: skip
    tracked = house.get("rates", pairs="AUD/CAD,CAD/AUD").json()["rates"]
    # What nobody tracks is remembered for a while, so that two answers in a row are of one moment.
    for price, other in (tracked, [house.price("NOK/SEK"), house.price("SEK/NOK")]):
        assert price["path"] == [price["base"], "USD", price["quote"]]
        assert price["method"] == "cross"
        assert abs(Decimal(price["mid"]) * Decimal(other["mid"]) - 1) < Decimal("1e-11")


def test_what_staff_order_makes_the_price_within_seconds_until_it_ends(house: House) -> None:
    house.change(
        "INSERT INTO rates_override (pair_id, mid, reason, set_at, expires_at) "
        "SELECT id, 1.5, 'a test', now(), now() + interval '4 seconds' FROM rates_pair "
        "WHERE base_id = 'EUR' AND quote_id = 'USD'"
    )
    price = eventually(lambda: (p := house.price("EUR/USD"))["method"] == "manual" and p, 4)
    assert (price["mid"], price["stale"]) == ("1.5", False)
    assert house.price("USD/EUR")["method"] == "manual"
    assert house.get(f"rates/id/{price['rate_id']}").json()["recomputed"] is True
    eventually(lambda: house.price("EUR/USD")["method"] == "median", 10)


def test_an_untracked_pair_is_fetched_once_and_then_known(house: House) -> None:
    before = house.requests()
    first = house.get("rates/KES/NGN")
    assert first.status_code == 200
    assert first.headers["X-Fx-Cached"] == "miss"
    assert house.get("rates/KES/NGN").headers["X-Fx-Cached"] == "hit"
    assert before["ecb"] == house.requests()["ecb"]


def test_health_knows_every_part(house: House) -> None:
    def healthy() -> dict[str, Any] | None:
        health: dict[str, Any] = house.get("health").json()
        return health if health["status"] == "ok" else None

    components = eventually(healthy, 30)["components"]
    assert {"database", "cache", "broker", "channel_layer", "worker", "beat", "ingest"} <= set(components)
    assert httpx.get(f"{house.url}readyz").status_code == httpx.get(f"{house.url}livez").status_code == 200


def test_interrupting_the_one_command_leaves_no_process_behind(tmp_path: Path) -> None:
    supervisor = start(tmp_path / "state")
    record = ready(tmp_path / "state", supervisor)
    assert httpx.get(record["url"]).status_code == 200
    output = (tmp_path / "state" / "output.txt").read_text()
    assert f"Open {record['url']}" in output
    assert "password " in output
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(20) == 0
    assert [name for name, pid in record["pids"].items() if _lives(pid)] == []
    assert not (tmp_path / "state" / "stack.json").exists() or not json.loads(
        (tmp_path / "state" / "stack.json").read_text()
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
