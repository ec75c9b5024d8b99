"""Read bodies and what is expected of them: our own by folder, recorded ones by their index."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.adapters.base import Basis, Body, Tick

BODIES = Path(__file__).parent / "bodies"
ENDING = ".expected.json"
RECORDED = os.environ.get("FX_RECORDED_DIR", "")
# The words of the recordings' index that are not ours.
CATEGORIES = {
    "rate_limit": "quota",
    "bad_request": "unsupported",
    "not_found": "unsupported",
    "empty": "bad_body",
    "server": "unavailable",
}


@dataclass(frozen=True)
class Expected:
    """One body, and how reading it must end; `ticks` are some of those it holds, `count` is all of them."""

    key: str
    name: str
    body: Body
    outcome: str
    ticks: list[dict[str, Any]]
    count: int | None = None
    detail: str | None = None


def ours() -> Iterator[Expected]:
    """Read every body below our folder."""
    for path in sorted(BODIES.glob(f"*/*{ENDING}")):
        said = json.loads(path.read_text())
        del said["quirk"]
        body = Body(said.pop("status"), body_beside(path).read_bytes())
        name = path.name.removesuffix(ENDING)
        yield Expected(path.parent.name, name, body, **{"ticks": []} | said)


def body_beside(expectation: Path) -> Path:
    """Find the body of an expectation: the one other file of the same stem."""
    stem = expectation.name.removesuffix(ENDING)
    (found,) = (path for path in expectation.parent.iterdir() if path.stem == stem)
    return found


def entries(keys: set[str]) -> list[dict[str, Any]]:
    """List what the recordings' index has of these providers."""
    index = json.loads((Path(RECORDED) / "index.json").read_text())
    return [entry for entry in index["entries"] if entry["provider"] in keys]


def as_expected(entry: dict[str, Any]) -> Expected:
    """State an entry of the recordings' index as an expectation."""
    said = entry["expected"]
    body = Body(entry["http_status"], (Path(RECORDED) / entry["file"]).read_bytes(), entry["content_type"])
    category = said.get("category", "ok")
    ticks = [
        {"base": pair["base"], "quote": pair["quote"], "mid": pair["rate"], "as_of": said["as_of"]}
        for pair in said.get("pairs", [])
    ]
    return Expected(entry["provider"], entry["id"], body, CATEGORIES.get(category, category), ticks)


def as_said(tick: Tick) -> dict[str, Any]:
    """Write a tick as expectations are written; without a time of the vendor's, `as_of` is None."""
    moments = {
        Basis.VENDOR: f"{tick.as_of:%Y-%m-%dT%H:%M:%SZ}",
        Basis.DATE: f"{tick.as_of:%Y-%m-%d}",
        Basis.RECEIVED: None,
    }
    return {
        "base": tick.base,
        "quote": tick.quote,
        "mid": tick.mid,
        "bid": tick.bid,
        "ask": tick.ask,
        "as_of": moments[tick.as_of_basis],
        "basis": tick.as_of_basis,
    }


def exact(said: dict[str, Any]) -> dict[str, Any]:
    """Read the rates of an expected tick."""
    return said | {side: Decimal(said[side]) for side in ("mid", "bid", "ask") if said.get(side)}
