"""Every adapter against every body of its vendor: our own, and the recorded ones where they are."""

import time
from datetime import date
from decimal import Decimal

import pytest

from providers.adapters import adapter, keys
from providers.adapters.base import Ask, Basis, ProviderError
from providers.tests.builders import NOW
from providers.tests.recorded import (
    BODIES,
    ENDING,
    RECORDED,
    Expected,
    as_expected,
    as_said,
    body_beside,
    entries,
    exact,
    ours,
)

OURS = list(ours())
# A body that takes longer than this holds up more than itself.
READ_WITHIN_S = 3.0
RECORDED_KEYS = {"ecb", "fixer", "openexchangerates", "freecurrencyapi"}
# Recorded files of the ECB that its adapter does not read.
NOT_READ = {
    "range": "its history becomes daily reference rates, which is not the work of an adapter",
    "csv": "the same day as in the XML, in a second form that is never asked for",
}


def hold(expected: Expected) -> None:
    """Have the adapter read a body, and compare."""
    source = adapter(expected.key)
    if expected.outcome != "ok":
        with pytest.raises(ProviderError) as caught:
            source.parse(expected.body, NOW)
        assert caught.value.category == expected.outcome
        assert expected.detail in (None, caught.value.detail)
        return
    ticks = {(tick.base, tick.quote): tick for tick in source.parse(expected.body, NOW)}
    assert expected.count in (None, len(ticks))
    for said in expected.ticks:
        found = as_said(ticks[said["base"], said["quote"]])
        assert {name: found[name] for name in said} == exact(said)


@pytest.mark.parametrize("expected", OURS, ids=[f"{e.key}/{e.name}" for e in OURS])
def test_an_adapter_reads_every_body_of_its_vendor(expected: Expected) -> None:
    began = time.monotonic()
    hold(expected)
    assert time.monotonic() - began < READ_WITHIN_S


def test_every_adapter_has_bodies_and_every_body_an_expectation() -> None:
    assert {expected.key for expected in OURS} == set(keys())
    for key in keys():
        assert {"ok", "bad_body", "unavailable"} <= {e.outcome for e in OURS if e.key == key}
    expectations = sorted(BODIES.glob(f"*/*{ENDING}"))
    told = {body_beside(path) for path in expectations}
    assert {path for path in BODIES.glob("*/*") if not path.name.endswith(ENDING)} == told


@pytest.mark.skipif(not RECORDED, reason="FX_RECORDED_DIR names no folder of recordings")
def test_the_adapters_read_what_was_recorded_of_real_vendors(capsys: pytest.CaptureFixture[str]) -> None:
    found = entries(RECORDED_KEYS)
    left_out = {entry["id"]: reason for entry in found if (reason := left_out_for(entry))}
    read = [as_expected(entry) for entry in found if entry["id"] not in left_out]
    for expected in read:
        hold(expected)
    with capsys.disabled():
        print(f"\nrecorded bodies read as expected: {len(read)} of {len(read)}; left out: {left_out}")
    assert {expected.key for expected in read} == RECORDED_KEYS
    assert {entry_id.split("/")[0] for entry_id in left_out} <= {"ecb"}


def left_out_for(entry: dict[str, str]) -> str | None:
    """Say why no adapter reads a recorded file. None when one does."""
    if entry["provider"] != "ecb":
        return None
    return NOT_READ.get(entry["endpoint"]) or NOT_READ.get(entry["file"].rpartition(".")[2])


@pytest.mark.parametrize("key", keys())
def test_every_tick_keeps_both_clocks(key: str) -> None:
    expected = next(e for e in OURS if e.key == key and e.outcome == "ok")
    for tick in adapter(key).parse(expected.body, NOW):
        assert (tick.provider, tick.received_at) == (key, NOW)
        assert tick.as_of.tzinfo is not None
        assert (tick.as_of == NOW) == (tick.as_of_basis is Basis.RECEIVED)
        assert isinstance(tick.mid, Decimal)


def test_a_day_begins_at_its_first_instant() -> None:
    expected = next(e for e in OURS if (e.key, e.name) == ("ecb", "daily"))
    tick = adapter("ecb").parse(expected.body, NOW)[0]
    assert tick.as_of.isoformat() == "2026-11-19T00:00:00+00:00"


@pytest.mark.parametrize(
    ("key", "path", "parameters"),
    [
        ("ecb", "eurofxref-daily.xml", {}),
        ("fixer", "latest", {}),
        ("openexchangerates", "latest.json", {"symbols": "EUR,JPY"}),
        ("freecurrencyapi", "latest", {"base_currency": "USD"}),
    ],
)
def test_an_adapter_asks_for_the_newest_rates(key: str, path: str, parameters: dict[str, str]) -> None:
    request = adapter(key).request(Ask(frozenset({"EUR", "USD", "JPY"})))
    assert (request.path, request.parameters) == (path, parameters)


@pytest.mark.parametrize(
    ("key", "path", "parameters"),
    [
        ("fixer", "2026-11-19", {}),
        ("openexchangerates", "historical/2026-11-19.json", {"symbols": "EUR,JPY"}),
        ("freecurrencyapi", "historical", {"base_currency": "USD", "date": "2026-11-19"}),
    ],
)
def test_an_adapter_asks_for_a_day(key: str, path: str, parameters: dict[str, str]) -> None:
    assert adapter(key).historical
    request = adapter(key).request(Ask(frozenset({"EUR", "USD", "JPY"}), on=date(2026, 11, 19)))
    assert (request.path, request.parameters) == (path, parameters)


def test_an_unknown_provider_has_no_adapter() -> None:
    with pytest.raises(LookupError, match="nobody"):
        adapter("nobody")
    assert "base" not in keys()
