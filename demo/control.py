"""Answer the market's own endpoint: its status, its faults and its switches."""

import json
from collections.abc import Mapping
from decimal import Decimal

from demo.exchange import Exchange
from demo.faults import Fault, Kind
from demo.wire import Answer, Ask, Json, json_answer

ALL = "*"
MAX_SECONDS = 3_600
MAX_BODY_BYTES = 16_384


class BadOrder(ValueError):
    """Refuse a control request; its text says why."""


def answer_control(exchange: Exchange, ask: Ask, body: bytes) -> Answer:
    """Answer one request below /control/; whatever is wrong with it is a 400 with the reason."""
    try:
        match ask.method, ask.path:
            case "GET" | "HEAD", "status":
                return json_answer(200, exchange.status())
            case "GET" | "HEAD", "levels":
                return json_answer(200, _levels(exchange, ask))
            case "POST", "faults":
                _switch_faults(exchange, _order(body, {"vendor", "fault", "seconds"}))
            case "POST", "market":
                _turn(exchange, _order(body, {"frozen", "open"}))
            case _, "status" | "levels" | "faults" | "market":
                return json_answer(405, {"error": f"{ask.method} is not for /control/{ask.path}"})
            case _:
                return json_answer(
                    404, {"error": "the control endpoint has status, levels, faults and market"}
                )
    except BadOrder as refusal:
        return json_answer(400, {"error": str(refusal)})
    return json_answer(200, exchange.status())


def _levels(exchange: Exchange, ask: Ask) -> Json:
    key = ask.query.get("vendor", "")
    if key not in exchange.desks:
        raise BadOrder(f"vendor must be one of {', '.join(exchange.desks)}")
    moment = exchange.moment()
    return {
        "vendor": key,
        "timestamp": moment.now,
        "slot": moment.slot,
        **exchange.desks[key].vendor.published(moment),
    }


def _order(body: bytes, known: set[str]) -> Mapping[str, object]:
    try:
        order = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    # A body of brackets alone nests deeper than the parser can follow.
    except (ValueError, RecursionError) as error:
        raise BadOrder("the body must be JSON") from error
    if not isinstance(order, dict):
        raise BadOrder("the body must be a JSON object")
    if unknown := order.keys() - known:
        raise BadOrder(f"unknown: {', '.join(sorted(unknown))}")
    return order


def _no_constant(name: str) -> None:
    raise BadOrder(f"{name} is not JSON")


def _switch_faults(exchange: Exchange, order: Mapping[str, object]) -> None:
    key, kind = order.get("vendor"), order.get("fault")
    if not isinstance(key, str) or key not in (ALL, *exchange.desks):
        raise BadOrder(f"vendor must be * or one of {', '.join(exchange.desks)}")
    if not isinstance(kind, str) or kind not in list(Kind):
        raise BadOrder(f"fault must be one of {', '.join(Kind)}")
    fault = Fault(Kind(kind), _seconds(order.get("seconds")))
    for each, desk in exchange.desks.items():
        if key in (ALL, each):
            desk.switch(fault)


def _seconds(given: object) -> Decimal | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | Decimal) or not 0 <= given <= MAX_SECONDS:
        raise BadOrder(f"seconds must be a number from 0 to {MAX_SECONDS}")
    return Decimal(given)


def _turn(exchange: Exchange, order: Mapping[str, object]) -> None:
    frozen, is_open = (_switch(order, name) for name in ("frozen", "open"))
    if frozen is None and is_open is None:
        raise BadOrder("say frozen or open")
    exchange.turn(frozen=frozen, is_open=is_open)


def _switch(order: Mapping[str, object], name: str) -> bool | None:
    switch = order.get(name)
    if switch is not None and not isinstance(switch, bool):
        raise BadOrder(f"{name} must be true or false")
    return switch
