"""Every fault of every vendor, on the real server."""

import json
import re
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from demo.tests.builders import json_of
from demo.tests.running import KEYS, LATEST, Running

VENDORS = list(KEYS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_fault_it_answers(market: Running, vendor: str) -> None:
    assert market.latest(vendor).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_delayed_answer_comes_late_and_whole(market: Running, vendor: str) -> None:
    market.fault(vendor, "delay", 0.2)
    began = time.monotonic()
    answer = market.latest(vendor)
    assert time.monotonic() - began >= 0.2
    assert answer.status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_hanging_vendor_never_answers(market: Running, vendor: str) -> None:
    market.fault(vendor, "hang")
    with pytest.raises(httpx.ReadTimeout):
        market.client.get(LATEST[vendor], params=KEYS[vendor], timeout=0.15)
    assert market.status()["vendors"][vendor]["fault"] == "hang"


def test_whoever_hangs_is_answered_when_the_fault_ends(market: Running) -> None:
    market.fault("fixer", "hang")
    before = market.status()["vendors"]["fixer"]["requests"]
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(market.latest, "fixer") for _ in range(3)]
        market.await_requests("fixer", before + 3)
        assert not any(future.done() for future in waiting)
        market.fault("fixer", "none")
        assert [future.result(timeout=5).json()["success"] for future in waiting] == [True] * 3


def test_whoever_is_delayed_meets_the_fault_that_follows(market: Running) -> None:
    market.fault("fixer", "delay", 60)
    before = market.status()["vendors"]["fixer"]["requests"]
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(market.latest, "fixer")
        market.await_requests("fixer", before + 1)
        market.fault("fixer", "500")
        assert waiting.result(timeout=5).status_code == 500


def test_whoever_is_delayed_hangs_when_that_is_what_follows(market: Running) -> None:
    market.fault("fixer", "delay", 60)
    before = market.status()["vendors"]["fixer"]["requests"]
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(market.latest, "fixer")
        market.await_requests("fixer", before + 1)
        market.fault("fixer", "hang")
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.1)
        market.fault("fixer", "none")
        assert waiting.result(timeout=5).status_code == 200


def test_garbage_is_garbage_to_a_client_that_has_the_file_too(market: Running) -> None:
    since = market.latest("ecb").headers["last-modified"]
    market.fault("ecb", "garbage")
    assert market.latest("ecb", headers={"If-Modified-Since": since}).content


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_broken_vendor_says_500(market: Running, vendor: str) -> None:
    market.fault(vendor, "500")
    answer = market.latest(vendor)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("seconds", "header"), [(None, "30"), (7, "7")])
def test_a_throttling_vendor_says_when_to_come_back(
    market: Running, vendor: str, seconds: float | None, header: str
) -> None:
    market.fault(vendor, "429", seconds)
    answer = market.latest(vendor)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, header)


@pytest.mark.parametrize("vendor", VENDORS)
def test_garbage_comes_with_status_200_and_does_not_parse(market: Running, vendor: str) -> None:
    market.fault(vendor, "garbage")
    answer = market.latest(vendor)
    assert answer.status_code == 200
    assert answer.content
    if vendor == "ecb":
        assert b"</gesmes:Envelope>" not in answer.content
    else:
        with pytest.raises(json.JSONDecodeError):
            json_of(answer.content)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_huge_body_goes_on_past_any_limit(market: Running, vendor: str) -> None:
    market.fault(vendor, "huge")
    received = 0
    with market.client.stream("GET", LATEST[vendor], params=KEYS[vendor]) as answer:
        assert answer.status_code == 200
        for chunk in answer.iter_raw():
            received += len(chunk)
            if received > 20 * 1024 * 1024:
                break
    assert received > 20 * 1024 * 1024
    assert market.status()["vendors"][vendor]["fault"] == "huge"


def test_even_a_huge_body_ends(market: Running) -> None:
    market.fault("fixer", "huge")
    assert 20 * 1024 * 1024 < len(market.latest("fixer").content) < 100 * 1024 * 1024


@pytest.mark.parametrize("vendor", VENDORS)
def test_half_an_answer_is_half_an_answer(market: Running, vendor: str) -> None:
    whole = market.latest(vendor)
    market.fault(vendor, "truncated")
    half = market.latest(vendor)
    assert half.status_code == 200
    assert half.content[:20] == whole.content[:20]
    assert len(half.content) == pytest.approx(len(whole.content) / 2, rel=0.1)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_of_html_comes_with_status_200(market: Running, vendor: str) -> None:
    market.fault(vendor, "html")
    answer = market.latest(vendor)
    assert (answer.status_code, answer.content[:6]) == (200, b"<html>")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_redirect_leads_elsewhere(market: Running, vendor: str) -> None:
    market.fault(vendor, "redirect")
    answer = market.latest(vendor)
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:9/")


def listen(market: Running, drops: int) -> None:
    """Listen to a dripping body, and end the fault after some drops."""
    with market.client.stream("GET", LATEST["fixer"], params=KEYS["fixer"]) as answer:
        for count, chunk in enumerate(answer.iter_raw(), 1):
            assert chunk.strip() == b""
            assert count < drops + 20
            if count == drops:
                market.fault("fixer", "none")


def test_a_dripping_body_is_cut_off_when_the_fault_ends(market: Running) -> None:
    market.fault("fixer", "drip")
    with pytest.raises(httpx.RemoteProtocolError):
        listen(market, 2)
    assert market.latest("fixer").status_code == 200


def test_a_bomb_unpacks_to_a_gibibyte(market: Running) -> None:
    market.fault("fixer", "bomb")
    with market.client.stream("GET", LATEST["fixer"], params=KEYS["fixer"]) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(packed) < 2 * 1024 * 1024
    stream, unpacked = zlib.decompressobj(31), 0
    while packed and unpacked < 64 * 1024 * 1024:
        unpacked += len(stream.decompress(packed, 1024 * 1024))
        packed = stream.unconsumed_tail
    assert unpacked >= 64 * 1024 * 1024


def test_an_xml_bomb_laughs(market: Running) -> None:
    market.fault("ecb", "xml-bomb")
    assert b"<!ENTITY l9 " in market.latest("ecb").content


QUOTA = {
    "ecb": (429, b"Too Many Requests"),
    "fixer": (200, b'"code":104,'),
    "openexchangerates": (429, b'"message": "access_restricted"'),
    "freecurrencyapi": (429, b"monthly requests"),
}
WRONG_KEY = {
    "ecb": (403, b"Forbidden"),
    "fixer": (200, b'"code":101,"type":"invalid_access_key"'),
    "openexchangerates": (401, b'"message": "invalid_app_id"'),
    "freecurrencyapi": (401, b'{"message":"Invalid authentication credentials"}'),
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("fault", "expected"), [("quota", QUOTA), ("auth", WRONG_KEY)])
def test_refusals_are_the_vendors_own(
    market: Running, vendor: str, fault: str, expected: dict[str, tuple[int, bytes]]
) -> None:
    market.fault(vendor, fault)
    answer = market.latest(vendor)
    status, text = expected[vendor]
    assert answer.status_code == status
    assert text in answer.content


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_careless_vendor_repeats_the_key_that_it_refuses(market: Running, vendor: str) -> None:
    market.fault(vendor, "echo")
    answer = market.latest(vendor, {"Authorization": "Token in-a-header"}, access_key="in-the-query")
    assert answer.status_code == 401
    assert {"in-a-header", "in-the-query"} <= set(re.findall(r"[\w-]+", answer.json()["message"]))


def test_a_spent_month_shows_in_the_headers(market: Running) -> None:
    market.fault("freecurrencyapi", "quota")
    assert market.latest("freecurrencyapi").headers["x-ratelimit-remaining-quota-month"] == "0"


def test_one_vendors_fault_is_not_the_others(market: Running) -> None:
    market.fault("fixer", "500")
    assert [market.latest(vendor).status_code for vendor in VENDORS] == [200, 500, 200, 200] or VENDORS[
        0
    ] != "ecb"
    market.fault("*", "500")
    assert {market.latest(vendor).status_code for vendor in VENDORS} == {500}
    market.fault("*", "none")
    assert {market.latest(vendor).status_code for vendor in VENDORS} == {200}


@pytest.mark.parametrize("fault", ["none", "500", "429", "garbage", "quota", "auth", "huge"])
def test_every_answer_says_that_it_is_simulated(market: Running, fault: str) -> None:
    market.fault("*", fault)
    for vendor in VENDORS:
        with market.client.stream("GET", LATEST[vendor], params=KEYS[vendor]) as answer:
            assert answer.headers["x-demo-market"] == "simulated"
