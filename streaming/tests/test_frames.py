"""The frames of the stream, as text."""

import json
from typing import Any

import pytest

from streaming import frames
from streaming.frames import Command, Fault
from streaming.tests.builders import NOON


def fault_of(text: str) -> tuple[str, Any]:
    with pytest.raises(Fault) as caught:
        frames.read(text)
    return caught.value.code, caught.value.req_id


def test_the_welcome_says_what_a_client_may_do() -> None:
    assert json.loads(frames.welcome("s-1", 7, NOON, "demo")) == {
        "type": "welcome",
        "protocol": 1,
        "stream": "s-1",
        "seq": 7,
        "server_time": "2026-11-20T12:00:00.000Z",
        "heartbeat_s": 5,
        "limits": {"pairs": 200, "frame_bytes": 16384, "commands_per_s": 20},
        "environment": "demo",
    }


def test_a_rates_frame_holds_the_rendered_prices_unchanged() -> None:
    text = frames.rates(9, 7, ['{"mid":"1.10"}', '{"mid":"2"}'], 3, NOON)
    assert json.loads(text) == {
        "type": "rates",
        "seq": 9,
        "prev": 7,
        "conflated": 3,
        "published_at": "2026-11-20T12:00:00.000Z",
        "rates": [{"mid": "1.10"}, {"mid": "2"}],
    }


def test_a_snapshot_names_its_reason_only_when_there_is_one() -> None:
    assert json.loads(frames.snapshot("s-1", 9, [])) == {
        "type": "snapshot",
        "stream": "s-1",
        "seq": 9,
        "rates": [],
    }
    assert json.loads(frames.snapshot("s-1", 9, [], "gap"))["reason"] == "gap"


def test_a_heartbeat_lists_the_stale_pairs() -> None:
    assert json.loads(frames.heartbeat(9, NOON, ["EUR/USD"])) == {
        "type": "heartbeat",
        "seq": 9,
        "server_time": "2026-11-20T12:00:00.000Z",
        "stale": ["EUR/USD"],
    }


def test_an_error_echoes_the_req_id_only_when_there_was_one() -> None:
    assert json.loads(frames.error(Fault("x", "y", 3))) == {
        "type": "error",
        "code": "x",
        "detail": "y",
        "req_id": 3,
    }
    assert "req_id" not in json.loads(frames.error(Fault("x", "y")))


def test_frames_are_plain_ascii() -> None:
    assert frames.pong("\ud800é", NOON).isascii()


def test_it_reads_a_subscription() -> None:
    text = '{"type":"subscribe","pairs":["EUR/USD","gbpusd"],"req_id":1}'
    assert frames.read(text) == Command("subscribe", ("EUR/USD", "gbpusd"), 1)


@pytest.mark.parametrize("kind", ["ping", "list"])
def test_it_reads_a_command_without_pairs(kind: str) -> None:
    assert frames.read(json.dumps({"type": kind, "req_id": "a"})) == Command(kind, (), "a")


@pytest.mark.parametrize(
    "text",
    ["", "EUR/USD", "[1]", '"ping"', "null", "{", "[" * 10_000, '{"type":' + "9" * 5_000 + "}"],
)
def test_it_refuses_what_is_not_a_json_object(text: str) -> None:
    assert fault_of(text) == ("invalid_json", None)


@pytest.mark.parametrize("kind", ['"auth"', '"SUBSCRIBE"', "7", "null", '["ping"]', '{"a":1}'])
def test_it_refuses_a_type_it_does_not_know(kind: str) -> None:
    assert fault_of(f'{{"type":{kind},"req_id":4}}') == ("unknown_type", 4)


def test_it_refuses_a_frame_without_a_type() -> None:
    assert fault_of("{}") == ("unknown_type", None)


@pytest.mark.parametrize("pairs", ['"EUR/USD"', "[]", "[1]", "null", '{"EUR/USD":1}', '["EUR/USD",null]'])
def test_it_refuses_pairs_that_are_no_list_of_texts(pairs: str) -> None:
    assert fault_of(f'{{"type":"subscribe","pairs":{pairs},"req_id":4}}') == ("invalid_request", 4)


@pytest.mark.parametrize("req_id", ["true", "1.5", "[1]", "{}", str(2**63), json.dumps("x" * 65)])
def test_it_refuses_a_req_id_it_could_not_echo_cheaply(req_id: str) -> None:
    assert fault_of(f'{{"type":"ping","req_id":{req_id}}}') == ("invalid_request", None)


def test_it_counts_pairs() -> None:
    most = json.dumps({"type": "subscribe", "pairs": ["EUR/USD"] * 200})
    assert len(frames.read(most).pairs) == 200
    too_many = json.dumps({"type": "unsubscribe", "pairs": ["EUR/USD"] * 201, "req_id": 2})
    assert fault_of(too_many) == ("too_many_pairs", 2)


def test_it_counts_bytes_not_characters() -> None:
    blank = len('{"type":"ping","x":""}')
    longest = '{"type":"ping","x":"' + "x" * (16_384 - blank) + '"}'
    assert frames.read(longest).type == "ping"
    assert fault_of(longest.replace("x" * 9, "x" * 8 + "é")) == ("frame_too_large", None)


def test_a_rejection_cuts_a_long_name() -> None:
    assert frames.rejection("x" * 10_000, "invalid_pair", "no") == {
        "pair": "x" * 64,
        "code": "invalid_pair",
        "detail": "no",
    }
