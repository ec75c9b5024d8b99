"""Write and read the frames of the rate stream. Pure: prices come in as rendered text, time as arguments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rates.serializers import time_text

PROTOCOL = 1
SUBPROTOCOL = "fx.v1"
HEARTBEAT_S = 5
MAX_PAIRS = 200
MAX_FRAME_BYTES = 16 * 1024
MAX_COMMANDS_PER_S = 20
COMMANDS = frozenset({"subscribe", "unsubscribe", "list", "ping"})
_WITH_PAIRS = frozenset({"subscribe", "unsubscribe"})
_MAX_TEXT = 64

ReqId = int | str | None


class Fault(Exception):
    """Say what is wrong with a client's frame, by a stable code."""

    def __init__(self, code: str, detail: str, req_id: ReqId = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.req_id = code, detail, req_id


@dataclass(frozen=True, slots=True)
class Command:
    """Carry what a client wants; `pairs` as it wrote them."""

    type: str
    pairs: tuple[str, ...] = ()
    req_id: ReqId = None


def write(frame: Mapping[str, Any]) -> str:
    """Write a frame as compact ASCII JSON, which is valid UTF-8 whatever a client made us echo."""
    return json.dumps(frame, separators=(",", ":"))


def welcome(stream: str, seq: int, now: datetime, environment: str) -> str:
    """Write the first frame of a connection."""
    limits = {"pairs": MAX_PAIRS, "frame_bytes": MAX_FRAME_BYTES, "commands_per_s": MAX_COMMANDS_PER_S}
    return write(
        {
            "type": "welcome",
            "protocol": PROTOCOL,
            "stream": stream,
            "seq": seq,
            "server_time": time_text(now),
            "heartbeat_s": HEARTBEAT_S,
            "limits": limits,
            "environment": environment,
        }
    )


def acknowledged(
    kind: str, req_id: ReqId, pairs: Sequence[str], rejected: Sequence[Mapping[str, str]] = ()
) -> str:
    """Write `subscribed` or `unsubscribed`: the pairs as normalised, and what was refused and why."""
    return write({"type": kind, "req_id": req_id, "pairs": list(pairs), "rejected": list(rejected)})


def snapshot(stream: str, seq: int, prices: Iterable[str], reason: str | None = None) -> str:
    """Write the current prices; `reason` is `gap` after something was missed."""
    head = {"type": "snapshot", "stream": stream, "seq": seq} | ({"reason": reason} if reason else {})
    return _with_prices(head, prices)


def rates(seq: int, prev: int, prices: Iterable[str], conflated: int, published_at: datetime) -> str:
    """Write new prices; `prev` is the `seq` of the connection's previous snapshot or rates frame."""
    head = {
        "type": "rates",
        "seq": seq,
        "prev": prev,
        "conflated": conflated,
        "published_at": time_text(published_at),
    }
    return _with_prices(head, prices)


def heartbeat(seq: int, now: datetime, stale: Sequence[str]) -> str:
    """Write the sign of life that fills a silence."""
    return write({"type": "heartbeat", "seq": seq, "server_time": time_text(now), "stale": list(stale)})


def pong(req_id: ReqId, now: datetime) -> str:
    """Write the answer to `ping`."""
    return write({"type": "pong", "req_id": req_id, "server_time": time_text(now)})


def error(fault: Fault) -> str:
    """Write what was wrong with a frame; it echoes the `req_id` where there was one."""
    frame = {"type": "error", "code": fault.code, "detail": fault.detail}
    return write(frame if fault.req_id is None else frame | {"req_id": fault.req_id})


def read(text: str) -> Command:
    """Read a client's frame.

    Raises: Fault with `frame_too_large`, `invalid_json`, `unknown_type`, `invalid_request` or
    `too_many_pairs`.
    """
    if len(text.encode()) > MAX_FRAME_BYTES:
        raise Fault("frame_too_large", f"A frame may have {MAX_FRAME_BYTES} bytes.")
    frame = _parse(text)
    req_id = _req_id(frame)
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in COMMANDS:
        raise Fault("unknown_type", f"Known types are {', '.join(sorted(COMMANDS))}.", req_id)
    pairs = _pairs(frame.get("pairs"), req_id) if kind in _WITH_PAIRS else ()
    return Command(kind, pairs, req_id)


def check_count(pairs: Sequence[str], req_id: ReqId = None) -> None:
    """Refuse more pairs than one command may name. Raises: Fault."""
    if len(pairs) > MAX_PAIRS:
        raise Fault("too_many_pairs", f"One command may name {MAX_PAIRS} pairs.", req_id)


def rejection(pair: str, code: str, detail: str) -> dict[str, str]:
    """Say why one pair was refused; a long name is cut."""
    return {"pair": pair[:_MAX_TEXT], "code": code, "detail": detail}


def _with_prices(head: Mapping[str, Any], prices: Iterable[str]) -> str:
    return f'{write(head)[:-1]},"rates":[{",".join(prices)}]}}'


def _parse(text: str) -> dict[str, Any]:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Fault("invalid_json", "A frame must be JSON.") from error
    if not isinstance(frame, dict):
        raise Fault("invalid_json", "A frame must be a JSON object.")
    return frame


def _req_id(frame: Mapping[str, Any]) -> ReqId:
    req_id = frame.get("req_id")
    if req_id is None or (isinstance(req_id, str) and len(req_id) <= _MAX_TEXT):
        return req_id
    if isinstance(req_id, int) and not isinstance(req_id, bool) and abs(req_id) < 2**63:
        return req_id
    raise Fault("invalid_request", f"req_id must be an integer or a text of up to {_MAX_TEXT} characters.")


def _pairs(pairs: Any, req_id: ReqId) -> tuple[str, ...]:
    if not isinstance(pairs, list) or not pairs or not all(isinstance(pair, str) for pair in pairs):
        raise Fault("invalid_request", "pairs must be a list of pairs such as EUR/USD.", req_id)
    check_count(pairs, req_id)
    return tuple(pairs)
