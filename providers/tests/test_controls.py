"""What the fault matrix would show without each of the protections that it is about."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers import breaker
from providers import fetch as fetching
from providers.fetch import fetch, fetch_ticks
from providers.tests.builders import NOW, source
from providers.tests.servers import Reply, Scripted, Wire
from providers.tests.test_faults import ASK, DEADLINE_S, FAULTS, KEY, MEMORY_LIMIT_BYTES, SLACK_S

pytestmark = [pytest.mark.django_db, pytest.mark.faults]
BY_NAME = {fault.name: fault for fault in FAULTS}


def test_without_the_breaker_a_failing_vendor_is_asked_for_ever(
    vendor: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "note", lambda *_: None)
    vendor.script = lambda _: Reply(401)
    provider = source(api_key=KEY, base_url=vendor.url)
    for _ in range(3 * breaker.FAILURES):
        fetch_ticks(provider, NOW, ASK.currencies)
    assert len(vendor.heard) == 3 * breaker.FAILURES


@pytest.mark.parametrize("name", ["slow drip, head", "slow drip, body"])
def test_without_the_deadline_a_slow_vendor_holds_its_worker(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = DEADLINE_S + 3 * SLACK_S
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", late + SLACK_S)  # so that the test ends
    with Wire(BY_NAME[name].script) as wire, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(fetch, source(api_key=KEY, base_url=wire.url), ASK, NOW)
        with pytest.raises(TimeoutError):
            asked.result(late)


@pytest.mark.parametrize("name", ["100 MB", "gzip bomb, 4 GiB"])
def test_without_the_limit_a_large_body_takes_the_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 30)
    with Wire(BY_NAME[name].script) as wire:
        provider = source(api_key=KEY, base_url=wire.url)
        monkeypatch.setattr(type(provider.adapter), "body_limit", 4 * MEMORY_LIMIT_BYTES)
        tracemalloc.start()
        try:
            fetch(provider, ASK, NOW)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak > MEMORY_LIMIT_BYTES
