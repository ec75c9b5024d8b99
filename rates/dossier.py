"""Write down what a decision was made from, and read it back, so that it can be made again. Pure.

What readers see of each source stands in its inputs; here is the rest: terms, rules, exact times, memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.adapters.base import Basis
from rates.case import Case, Held, Last, Pegged, Rules, Terms
from rates.price import Decision, Sides, Source


def terms_object(decision: Decision) -> dict[str, Any]:
    """Write what a decision rests on beside its inputs."""
    case = decision.asked
    if case is None:
        return {}
    return {
        "base": case.base,
        "quote": case.quote,
        "now": _time(case.now),
        "traded": _time(case.traded),
        "terms": _terms(case.terms),
        "last": [
            _text(case.last.mid),
            _time(case.last.as_of),
            _time(case.last.ordered_until),
            case.last.alone,
        ],
        "peg": case.peg and [*_sides(case.peg.sides), str(case.peg.per_anchor)],
        "via": decision.via and decision.via.currency,
        "sources": {source.provider: _source(case, source) for source in case.heard},
    }


def case_of(
    inputs: Sequence[Mapping[str, Any]], terms: Mapping[str, Any], anchor: Decision | None = None
) -> Case:
    """Read the question that stored inputs and terms are the answer to. `anchor` is what its peg hangs on.

    Raises: KeyError, TypeError or ValueError for what this version does not read.
    """
    rules = {key: _rules_of(kept) for key, kept in terms["sources"].items()}
    heard = tuple(
        _source_of(said, terms["sources"][said["provider"]]) for said in inputs if said["provider"] in rules
    )
    mid, as_of, ordered_until, *alone = terms["last"]
    return Case(
        terms["base"],
        terms["quote"],
        heard,
        rules,
        datetime.fromisoformat(terms["now"]),
        datetime.fromisoformat(terms["traded"]),
        _terms_of(terms["terms"]),
        Last(_decimal(mid), _moment(as_of), _moment(ordered_until), *alone),
        {key: [_held_of(held) for held in kept["held"]] for key, kept in terms["sources"].items()},
        terms["peg"] and Pegged(_sides_of(terms["peg"][:3]), Decimal(terms["peg"][3]), anchor),
    )


def _terms(terms: Terms) -> list[Any]:
    limits = (terms.max_jump_pct, terms.max_deviation_bps, terms.max_dispersion_bps)
    manual = _sides(terms.manual) if terms.manual else None
    return [terms.method, *map(str, limits), terms.half_life.total_seconds(), manual]


def _terms_of(kept: Sequence[Any]) -> Terms:
    method, jump, deviation, dispersion, half_life, manual = kept
    return Terms(
        method,
        Decimal(jump),
        Decimal(deviation),
        Decimal(dispersion),
        timedelta(seconds=half_life),
        manual and _sides_of(manual),
    )


def _source(case: Case, source: Source) -> dict[str, Any]:
    rules = case.rules[source.provider]
    return {
        "as_of": _time(source.as_of),
        "received_at": _time(source.received_at),
        "identity": source.identity,
        "rules": [
            rules.priority,
            rules.max_age.total_seconds(),
            str(rules.weight),
            rules.daily,
            rules.echoes,
        ],
        "held": [_held(held) for held in case.held.get(source.provider, ())],
    }


def _source_of(said: Mapping[str, Any], kept: Mapping[str, Any]) -> Source:
    return Source(
        said["provider"],
        _sides_of([said["mid"], said["bid"], said["ask"]]),
        datetime.fromisoformat(kept["as_of"]),
        Basis(said["as_of_basis"]),
        datetime.fromisoformat(kept["received_at"]),
        identity=kept["identity"],
    )


def _rules_of(kept: Mapping[str, Any]) -> Rules:
    priority, max_age, weight, daily, echoes = kept["rules"]
    return Rules(priority, timedelta(seconds=max_age), Decimal(weight), daily, echoes)


def _held(held: Held) -> list[Any]:
    return [str(held.mid), _time(held.as_of), held.times, held.released]


def _held_of(kept: Sequence[Any]) -> Held:
    mid, as_of, times, released = kept
    return Held(Decimal(mid), datetime.fromisoformat(as_of), times, released)


def _sides(sides: Sides) -> list[str | None]:
    return [str(sides.mid), _text(sides.bid), _text(sides.ask)]


def _sides_of(kept: Collection[str | None]) -> Sides:
    mid, bid, ask = (_decimal(side) for side in kept)
    assert mid is not None
    return Sides(mid, bid, ask)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
