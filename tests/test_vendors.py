"""Vendors fail one after the other, in every way they know; prices go on, or say that they are stale."""

from typing import Any

import pytest

from tests.house import VENDORS, House, eventually

CATEGORIES = {
    "hang": "unavailable",
    "500": "unavailable",
    "429": "quota",
    "garbage": "bad_body",
    "huge": "bad_body",
    "quota": "quota",
    "auth": "auth",
}


def sources(house: House) -> dict[str, tuple[bool, str | None]]:
    """Say which source is used in the euro, and why another is not."""
    inputs = house.price("EUR/USD", explain="1")["inputs"]
    return {source["provider"]: (source["used"], source["reason"]) for source in inputs}


def last_error(house: House, vendor: str) -> dict[str, Any]:
    found: dict[str, Any] = house.get(f"providers/{vendor}").json()["last_error"] or {}
    return found


@pytest.mark.parametrize(
    "pair",
    [
        ("429", "garbage"),
        ("huge", "quota"),
        pytest.param(("hang", "500"), marks=pytest.mark.faults),
        pytest.param(("auth", "hang"), marks=pytest.mark.faults),
    ],
)
def test_prices_go_on_from_the_rest_while_two_vendors_fail(house: House, pair: tuple[str, str]) -> None:
    failing = dict(zip(VENDORS[::-1], pair, strict=False))
    earlier = {vendor: last_error(house, vendor).get("at") for vendor in failing}
    for vendor, fault in failing.items():
        house.fault(vendor, fault)
    for vendor, fault in failing.items():
        failed = eventually(
            lambda v=vendor: (e := last_error(house, v)).get("at", earlier[v]) != earlier[v] and e
        )
        assert failed["category"] == CATEGORIES[fault]
    seq = house.price("EUR/USD")["seq"]
    price = eventually(lambda: (p := house.price("EUR/USD"))["seq"] > seq + 1 and p)
    assert price["grade"] == "fresh"
    house.fault("*", "none")
    for vendor in failing:
        eventually(lambda v=vendor: house.get(f"providers/{v}").json()["state"] == "ok", 10)


def test_a_slow_vendor_delays_nobody_else(house: House) -> None:
    house.fault("fixer", "delay", seconds=3)
    seq = house.price("EUR/USD")["seq"]
    price = eventually(lambda: (p := house.price("EUR/USD"))["seq"] > seq + 4 and p)
    assert price["grade"] == "fresh"


def test_with_all_vendors_down_prices_turn_stale_and_recover_by_themselves(house: House) -> None:
    house.change("UPDATE rates_pair SET max_age_seconds = 1")
    seq = house.price("EUR/USD")["seq"]
    eventually(lambda: house.price("EUR/USD")["seq"] > seq + 1)
    house.fault("*", "500")
    stale = eventually(lambda: (p := house.price("EUR/USD"))["stale"] and p)
    assert stale["grade"] == "stale"
    assert house.get("health").json()["components"]["ingest"]["status"] == "degraded"
    listed = house.get("rates", pairs="EUR/USD").json()["rates"][0]
    assert listed["stale"] is True
    house.fault("*", "none")
    house.change("UPDATE rates_pair SET max_age_seconds = NULL")
    eventually(lambda: house.price("EUR/USD")["grade"] == "fresh", 5)
    assert house.supervisor.poll() is None


def test_a_source_that_fell_silent_is_left_out_with_its_reason(house: House) -> None:
    house.change("UPDATE providers_provider SET max_age_seconds = 2 WHERE key = 'fixer'")
    house.fault("fixer", "500")
    assert eventually(lambda: sources(house)["fixer"] == (False, "stale"), 20)
    house.fault("fixer", "none")
    assert eventually(lambda: sources(house)["fixer"] == (True, None), 10)
    house.change("UPDATE providers_provider SET max_age_seconds = NULL")
