"""The stream as clients see it: a real server, real sockets, real engines."""

import json
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client as Browser
from websockets.exceptions import ConnectionClosed

from tests.stream.runs import commit, run
from tests.stream.web import Client, Web, told

RUNS = (
    {"EURUSD": "1.0001", "AUDUSD": "0.6501"},
    {"AUDUSD": "0.6502"},
    {"GBPCHF": "1.25", "AUDUSD": "0.6503"},
    {"EURUSD": "1.0004", "GBPCHF": "1.6", "AUDUSD": "0.6504"},
)


def synced(client: Client) -> Client:
    """Read up to and including the snapshot."""
    client.until_type("snapshot")
    return client


def closed(client: Client) -> int:
    """Read until the server closes and return its code."""
    with pytest.raises(ConnectionClosed) as ending:
        client.until(lambda _: False)
    assert ending.value.rcvd is not None
    return ending.value.rcvd.code


def test_two_clients_see_all_and_only_what_they_want_in_order(web: Web) -> None:
    with web.connect() as everyone, web.connect("?pairs=EUR/USD,CHF/GBP") as two:
        start = synced(everyone).seen[-1]["seq"]
        assert synced(two).seen[-1]["seq"] == start
        for mids in RUNS:
            run(**mids)
        everyone.until_price("AUD/USD", "0.6504")
        two.until_price("EUR/USD", "1.0004")
    frames = [frame for frame in two.seen if frame["type"] == "rates"]
    assert [sorted(told(frame)) for frame in frames] == [
        [("EUR/USD", "1.0001")],
        [("CHF/GBP", "0.8")],
        [("CHF/GBP", "0.625"), ("EUR/USD", "1.0004")],
    ]
    assert [(frame["seq"] - start, frame["prev"] - start) for frame in frames] == [(1, 0), (3, 1), (4, 3)]
    assert [mid for symbol, mid in everyone.told() if symbol == "AUD/USD"][-4:] == [r["AUDUSD"] for r in RUNS]


def test_a_bad_pair_is_rejected_and_the_socket_lives(web: Web) -> None:
    with web.connect("?pairs=EUR/USD,NOK/SEK,,bogus,EUR/XXQ,%00") as client:
        assert client.until_type("subscribed")["pairs"] == ["EUR/USD"]
        refusals = {each["pair"]: each["code"] for each in client.seen[-1]["rejected"]}
        assert refusals == {
            "NOK/SEK": "not_tracked",
            "bogus": "invalid_pair",
            "EUR/XXQ": "invalid_pair",
            "\x00": "invalid_pair",
        }
        synced(client)
        run(EURUSD="1.01", AUDUSD="0.66")
        assert client.until_type("rates")["rates"][0]["mid"] == "1.01"


def test_malformed_frames_are_answered_and_the_socket_lives(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client:
        synced(client)
        for frame, code in {
            "": "invalid_json",
            "[" * 9_000: "invalid_json",
            "{" * 17_000: "frame_too_large",
            '{"type":"options"}': "unknown_type",
            '{"type":"subscribe"}': "invalid_request",
            json.dumps({"type": "subscribe", "pairs": ["EURUSD"] * 201}): "too_many_pairs",
        }.items():
            client.connection.send(frame)
            assert client.until_type("error")["code"] == code
        client.connection.send(b"\x00\xff")
        assert client.until_type("error")["code"] == "invalid_json"
        client.say(type="ping", req_id="still here")
        assert client.until_type("pong")["req_id"] == "still here"


def test_a_bad_client_and_a_flood_are_closed_with_their_codes(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as bad, web.connect("?pairs=EUR/USD") as flood:
        for _ in range(10):
            bad.connection.send("{")
        assert closed(bad) == 4400
        for _ in range(40):
            flood.connection.send('{"type":"ping"}')
        assert closed(flood) == 4429


def test_a_frame_over_the_hard_limit_is_closed_with_1009(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client:
        synced(client)
        client.connection.send("x" * (64 * 1024 + 1))
        assert closed(client) == 1009


def test_the_offered_subprotocol_is_optional(web: Web) -> None:
    with web.connect(subprotocols=["fx.v1"]) as with_it, web.connect() as without:
        assert with_it.connection.subprotocol == "fx.v1"
        assert without.connection.subprotocol is None


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://127.0.0.1", "http://[::1]:8000"])
def test_a_page_of_our_own_may_connect(web: Web, origin: str) -> None:
    with web.connect(origin=origin) as client:
        assert client.next()["type"] == "welcome"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "x"])
def test_a_page_of_another_site_is_told_that_it_may_not(web: Web, origin: str) -> None:
    with web.connect(origin=origin) as client:
        assert closed(client) == 4403


def test_without_public_reading_a_session_may_read_and_a_stranger_is_told_to_authenticate(
    transactional_db: None, tmp_path: Path
) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_user("ann"))
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    with (
        Web(tmp_path, FX_PUBLIC_READ="false") as private,
        private.connect() as stranger,
        private.connect(additional_headers=cookie) as user,
    ):
        assert closed(stranger) == 4401
        assert user.next()["type"] == "welcome"


def test_a_run_that_overtook_another_waits_for_it(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client:
        synced(client)
        first, second = commit({"EUR/USD": "1.11"}), commit({"EUR/USD": "1.12"})
        second.publish()
        with pytest.raises(TimeoutError):
            client.next(timeout=0.1)
        first.publish()
        client.until_price("EUR/USD", "1.12")
        assert list(client.told())[-1] == ("EUR/USD", "1.12")
        assert all(frame.get("reason") is None for frame in client.seen)


def test_a_run_that_is_published_twice_is_sent_once(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client:
        synced(client)
        twice = commit({"EUR/USD": "1.13"})
        twice.publish()
        twice.publish()
        run(EURUSD="1.14")
        client.until_price("EUR/USD", "1.14")
        assert [mid for _, mid in client.told()].count("1.13") == 1


def test_a_lost_run_is_healed_from_the_database_when_the_next_one_shows_the_hole(web: Web) -> None:
    with web.connect("?pairs=EUR/USD,AUD/USD") as client, web.connect("?pairs=GBP/USD") as other:
        synced(client), synced(other)
        commit({"EUR/USD": "1.21"})
        run(AUDUSD="0.71")
        snapshot = client.until_price("EUR/USD", "1.21")
        assert (snapshot["type"], snapshot["reason"]) == ("snapshot", "gap")
        assert ("AUD/USD", "0.71") in list(client.told())
        run(GBPUSD="1.31")
        other.until_price("GBP/USD", "1.31")
        assert all(frame.get("reason") is None for frame in other.seen)


def test_a_run_that_nobody_was_told_of_is_found_within_two_seconds(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client:
        synced(client)
        commit({"EUR/USD": "1.22"})
        assert client.until_price("EUR/USD", "1.22", patience=2)["reason"] == "gap"


def test_a_database_that_hangs_does_not_stop_the_stream(web: Web) -> None:
    with web.connect("?pairs=EUR/USD,AUD/USD") as client:
        synced(client)
        commit({"EUR/USD": "1.23"})
        runs = [commit({"AUD/USD": f"0.7{n}"}) for n in range(1, 4)]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE rates_runcounter, rates_rate IN ACCESS EXCLUSIVE MODE")
            for each in runs:
                each.publish()
            client.until_price("AUD/USD", "0.73", patience=2)
            assert ("EUR/USD", "1.23") not in list(client.told())
        assert client.until_price("EUR/USD", "1.23")["reason"] == "gap"


def test_a_reader_that_never_reads_delays_nobody(web: Web) -> None:
    with web.connect("?pairs=EUR/USD") as client, web.socket(SO_RCVBUF=4096):
        synced(client)
        symbols = [price["symbol"] for price in web_snapshot(web)]
        longest = 0.0
        for number in range(60):
            mids = dict.fromkeys(symbols, "2.5") | {"EUR/USD": f"1.{3000 + number}"}
            recorded = commit(mids)
            started = time.monotonic()
            recorded.publish()
            client.until_price("EUR/USD", mids["EUR/USD"])
            longest = max(longest, time.monotonic() - started)
        assert longest < 1


def web_snapshot(web: Web) -> list[dict[str, str]]:
    """Ask for every tracked pair once."""
    with web.connect() as client:
        return [{"symbol": symbol} for symbol in client.until_type("subscribed")["pairs"]]
