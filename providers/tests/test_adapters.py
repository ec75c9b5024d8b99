"""Every adapter against every body of its vendor: our own, and the recorded ones where they are."""

import inspect
import time
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest

from providers.adapters import adapter, keys
from providers.adapters.base import Ask, Basis, Category, ProviderError, Request, Tick
from providers.tests.builders import NOW
from providers.tests.recorded import (
    ASKS,
    BODIES,
    ENDING,
    RECORDED,
    REFERENCE,
    Expected,
    as_expected,
    asks,
    body_beside,
    entries,
    fits,
    is_at,
    ours,
    spoiled,
)

OURS = list(ours())
NOT_ASKED_FOR = [entry["id"] for entry in entries() if entry["kind"] == REFERENCE]
ENTRIES = [entry for entry in entries() if entry["id"] not in NOT_ASKED_FOR]
WANTED = frozenset({"EUR", "USD", "JPY"})
# A body that takes longer than this holds up more than itself.
READ_WITHIN_S = 3.0
LINES = 45


def hold(expected: Expected) -> None:
    """Have the adapter read a body, and compare."""
    if expected.outcome in set(Category):
        with pytest.raises(ProviderError) as caught:
            expected.read(NOW)
        assert caught.value.category == expected.outcome, caught.value.detail
        assert expected.detail in (None, caught.value.detail)
        wait = expected.retry_after
        assert wait is None or caught.value.retry_after == timedelta(seconds=wait)
        return
    ticks = expected.read(NOW)
    assert expected.count in {None, len(ticks)}
    assert bool(ticks) == (expected.outcome == "ok")
    if expected.newest:
        assert is_at(max(ticks, key=lambda tick: tick.as_of), expected.newest)
    found: dict[tuple[str, str], list[Tick]] = defaultdict(list)
    for tick in ticks:
        found[tick.base, tick.quote].append(tick)
    for said in expected.ticks:
        near = found[said["base"], said["quote"]]
        assert any(fits(tick, said) for tick in near), f"{said} is not in {near[-3:]}"


@pytest.mark.parametrize("expected", OURS, ids=[f"{e.key}/{e.name}" for e in OURS])
def test_an_adapter_reads_every_body_of_its_vendor(expected: Expected) -> None:
    began = time.monotonic()
    hold(expected)
    assert time.monotonic() - began < READ_WITHIN_S


@pytest.mark.parametrize("key", keys())
def test_no_part_of_another_kind_surprises_an_adapter(key: str) -> None:
    for expected in (odd for e in OURS if (e.key, e.outcome) == (key, "ok") for odd in spoiled(e)):
        try:
            ticks = expected.read(NOW)
        except ProviderError:
            continue
        assert all(tick.mid.is_finite() for tick in ticks)


def test_every_adapter_has_bodies_and_every_body_an_expectation() -> None:
    assert {expected.key for expected in OURS} == set(keys())
    for key in keys():
        assert {"ok", "bad_body", "unavailable"} <= {e.outcome for e in OURS if e.key == key}, key
    told = {body_beside(path) for path in BODIES.glob(f"*/*{ENDING}")}
    bodies = {path for path in BODIES.glob("*/*") if not path.name.endswith((ENDING, ASKS))}
    assert bodies == told


@pytest.mark.skipif(not RECORDED, reason="FX_RECORDED_DIR names no folder of recordings")
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["id"] for entry in ENTRIES])
def test_an_adapter_reads_what_was_recorded_of_a_real_vendor(entry: dict[str, str]) -> None:
    assert complaint(entry["id"]) == ""


@pytest.mark.skipif(not RECORDED, reason="FX_RECORDED_DIR names no folder of recordings")
def test_every_recorded_body_is_read_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {entry["id"]: said for entry in ENTRIES if (said := complaint(entry["id"]))}
    with capsys.disabled():
        read = len(ENTRIES) - len(wrong)
        print(
            f"\nrecorded bodies read as expected: {read} of {len(ENTRIES)}; never asked for: {NOT_ASKED_FOR}"
        )
    assert not wrong


@cache
def complaint(recorded: str) -> str:
    """Say in a line what is wrong with the reading of a recorded body; nothing when it is right."""
    (entry,) = (entry for entry in ENTRIES if entry["id"] == recorded)
    try:
        hold(as_expected(entry))
    except (AssertionError, LookupError, ProviderError, pytest.fail.Exception) as error:
        return f"{type(error).__name__}: {error}"[:200]
    return ""


@pytest.mark.parametrize("key", keys())
def test_every_tick_keeps_both_clocks(key: str) -> None:
    expected = next(e for e in OURS if e.key == key and e.outcome == "ok")
    for tick in expected.read(NOW):
        assert (tick.provider, tick.received_at) == (key, NOW)
        assert tick.as_of.utcoffset() == timedelta(0)
        assert (tick.as_of == NOW) == (tick.as_of_basis is Basis.RECEIVED)
        assert isinstance(tick.mid, Decimal)


def test_a_day_begins_at_its_first_instant() -> None:
    expected = next(e for e in OURS if (e.key, e.name) == ("ecb", "daily"))
    tick = expected.read(NOW)[0]
    assert tick.as_of.isoformat() == "2026-11-19T00:00:00+00:00"


@pytest.mark.parametrize("key", keys())
def test_an_adapter_asks_for_the_newest_rates(key: str) -> None:
    found = adapter(key).requests(Ask(WANTED, today=NOW.date()))
    assert found == [Request(**asked) for asked in asks(key)["latest"]]


@pytest.mark.parametrize("key", keys())
def test_an_adapter_with_history_asks_for_a_day(key: str) -> None:
    source = adapter(key)
    assert source.historical == ("day" in asks(key))
    if source.historical:
        found = source.requests(Ask(WANTED, on=date(2026, 11, 19), today=NOW.date()))
        assert found == [Request(**asked) for asked in asks(key)["day"]]


@pytest.mark.parametrize("key", keys())
def test_an_adapter_says_whom_it_asks_and_is_one_screen(key: str) -> None:
    source = adapter(key)
    assert source.base_url.startswith("https://")
    assert source.base_url.endswith("/")
    assert source.home.startswith("https://")
    assert source.keyless == (source.auth.place == "none")
    assert "Source: https://" in inspect.cleandoc(type(source).__doc__ or "")
    assert len(inspect.getsource(inspect.getmodule(type(source))).splitlines()) <= LINES  # type: ignore[arg-type]


def test_an_older_day_of_the_ecb_is_in_the_larger_file() -> None:
    ask = Ask(WANTED, on=date(2026, 8, 20), today=NOW.date())
    assert adapter("ecb").requests(ask) == [Request("eurofxref-hist.zip")]


def test_an_unknown_provider_has_no_adapter() -> None:
    with pytest.raises(LookupError, match="nobody"):
        adapter("nobody")
    assert not {"base", "_body"} & set(keys())
