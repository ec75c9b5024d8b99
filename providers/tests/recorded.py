"""Read bodies and what is expected of them: our own by folder, recorded ones by their index."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.adapters import adapter, keys
from providers.adapters.base import Adapter, Basis, Body, Request, Tick

BODIES = Path(__file__).parent / "bodies"
ENDING = ".expected.json"
ASKS = "asks.json"
RECORDED = os.environ.get("FX_RECORDED_DIR", "")
# The words of the recordings' index that are not ours.
CATEGORIES = {
    "rate_limit": "quota",
    "bad_request": "unsupported",
    "not_found": "unsupported",
    "empty": "bad_body",
    "server": "unavailable",
}
BASES = {"date": "date", "datetime": "vendor", "none": "received"}
SIDES = ("mid", "bid", "ask")
# Answers of a family of vendors, filed under none of them.
FAMILIES = {"apilayer_common": "currencylayer"}
# A kind of body that has no rates of currencies: names of pairs, the price of gold.
REFERENCE = "reference"


@dataclass(frozen=True)
class Expected:
    """One body, and how reading it must end; `ticks` are some of those it holds, `count` is all of them.

    `newest` is the time of the newest of them. The frames of a stream are read one by one; None for an answer
    to a request.
    """

    key: str
    name: str
    body: Body
    outcome: str
    ticks: list[dict[str, Any]]
    count: int | None = None
    detail: str | None = None
    retry_after: int | None = None
    frames: list[str] | None = None
    newest: str | None = None

    def read(self, received_at: datetime) -> list[Tick]:
        """Have the adapter read it."""
        source = adapter(self.key)
        if self.frames is None:
            return source.parse(self.body, received_at)
        return [tick for frame in self.frames for tick in source.parse_frame(frame, received_at)]


def ours() -> Iterator[Expected]:
    """Read every body below our folder."""
    for path in sorted(BODIES.glob(f"*/*{ENDING}")):
        said = json.loads(path.read_text())
        content = body_beside(path).read_bytes()
        headers = said.pop("headers", {})
        request = Request(**asked) if (asked := said.pop("request", None)) else None
        body = Body(said.pop("status", 200), content, headers.get("content-type", ""), headers, request)
        name = path.name.removesuffix(ENDING)
        del said["quirk"]
        frames = [content.decode()] if said.pop("stream", None) else None
        yield Expected(path.parent.name, name, body, frames=frames, **{"ticks": []} | said)


def body_beside(expectation: Path) -> Path:
    """Find the body of an expectation: the one other file of the same stem."""
    stem = expectation.name.removesuffix(ENDING)
    (found,) = (path for path in expectation.parent.iterdir() if path.stem == stem)
    return found


@cache
def asks(key: str) -> dict[str, list[dict[str, Any]]]:
    """Read what an adapter must ask for the newest rates and for a day."""
    found: dict[str, list[dict[str, Any]]] = json.loads((BODIES / key / ASKS).read_text())
    return found


def spoiled(expected: Expected) -> Iterator[Expected]:
    """Put something of another kind in the place of every part of a JSON body, one at a time."""
    try:
        whole = json.loads(expected.body.content)
    except ValueError:
        return
    for path in paths(whole):
        for odd in (None, [], {}, "x", 1, True, [None], "9E+399999"):
            content = json.dumps(replaced(whole, path, odd)).encode()
            frames = None if expected.frames is None else [content.decode()]
            yield replace(expected, body=replace(expected.body, content=content), frames=frames)


def paths(part: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the place of every part of a JSON body, itself first."""
    yield above
    below = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, inner in below:
        yield from paths(inner, (*above, name))


def replaced(part: Any, path: tuple[Any, ...], odd: object) -> Any:
    """Copy a part of a JSON body with something else at one place."""
    if not path:
        return odd
    copy = part.copy()
    copy[path[0]] = replaced(part[path[0]], path[1:], odd)
    return copy


def entries() -> list[dict[str, Any]]:
    """List what the recordings' index has; nothing where there are no recordings."""
    if not RECORDED:
        return []
    found: list[dict[str, Any]] = json.loads((Path(RECORDED) / "index.json").read_text())["entries"]
    return found


def as_expected(entry: dict[str, Any]) -> Expected:
    """State an entry of the recordings' index as an expectation."""
    said, key = entry["expected"], key_of(entry)
    content = (Path(RECORDED) / entry["file"]).read_bytes()
    headers = {name.lower(): text for name, text in entry["headers"].items()}
    request = request_of(entry["request"]["url"], adapter(key))
    body = Body(entry["http_status"] or 200, content, entry["content_type"], headers, request)
    outcome = said["category"] if said["outcome"] == "error" else said["outcome"]
    ticks = [tick_of(pair, said) for pair in said.get("pairs", []) if pair["base"] != pair["quote"]]
    return Expected(
        key,
        entry["id"],
        body,
        CATEGORIES.get(outcome, outcome),
        ticks,
        retry_after=said.get("retry_after"),
        frames=frames_of(entry, content),
        newest=said["as_of"] if said.get("as_of_kind") == "datetime" else None,
    )


def key_of(entry: dict[str, Any]) -> str:
    """Find whose body it is; among adapters of one vendor, the one that asks below that address."""
    vendor = FAMILIES.get(entry["provider"], entry["provider"])
    url = entry["request"]["url"].split()[0]
    family = [key for key in keys() if key.startswith(f"{vendor}_") and url.startswith(adapter(key).base_url)]
    return max(family, key=lambda key: len(adapter(key).base_url), default=vendor)


def request_of(url: str, source: Adapter) -> Request:
    """Say a recorded address as the request that an adapter would build."""
    address = urlsplit(url.split(maxsplit=1)[0])
    path = f"{address.scheme}://{address.netloc}{address.path}".removeprefix(source.base_url)
    return Request(path, dict(parse_qsl(address.query)))


def frames_of(entry: dict[str, Any], content: bytes) -> list[str] | None:
    """Cut a recorded stream into frames: a socket's file is one, a long answer has one a line."""
    if entry["kind"] != "stream":
        return None
    text = content.decode()
    return [text] if entry["request"]["method"] == "WEBSOCKET" else text.splitlines()


def tick_of(pair: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Say an expected pair of the index as a tick.

    A rate beside bid and ask may be the last trade, which may lie outside them; then the middle is the mid.
    A rate that had to be divided is stated rounded. A time is stated of the newest pair alone.
    """
    sides = {side: Decimal(pair[side]) for side in ("bid", "ask") if pair.get(side)}
    mids = [Decimal(pair["rate"])] if pair["rate"] else []
    if len(sides) == 2:
        mids.append(sum(sides.values()) / 2)
    basis = {} if "date" in pair else {"basis": BASES[said["as_of_kind"]]}
    as_of = {} if said["as_of_kind"] == "datetime" else {"as_of": pair.get("date", said["as_of"])}
    rounded = {"decimals": -mids[0].as_tuple().exponent} if "amount" in said else {}
    return {"base": pair["base"], "quote": pair["quote"], "mid": mids} | sides | as_of | basis | rounded


def fits(tick: Tick, said: dict[str, Any]) -> bool:
    """Say whether a tick is what an expectation says of it."""
    found = {"base": tick.base, "quote": tick.quote, "basis": tick.as_of_basis}
    return (
        all(said.get(name, word) == word for name, word in found.items())
        and all(stated(tick, side, said) in rates(said[side]) for side in SIDES if side in said)
        and ("as_of" not in said or is_at(tick, said["as_of"]))
    )


def stated(tick: Tick, side: str, said: dict[str, Any]) -> Decimal | None:
    """Read a side of a tick, to as many decimals as the expectation has where it had to divide."""
    found: Decimal | None = getattr(tick, side)
    return round(found, said["decimals"]) if found and "decimals" in said else found


def rates(said: Any) -> list[Decimal | None]:
    """Read one expected rate, or the few that are right."""
    return [None if one is None else Decimal(one) for one in (said if isinstance(said, list) else [said])]


def is_at(tick: Tick, stated: str | None) -> bool:
    """Compare `as_of` as exactly as the expectation states it; None is no time of the vendor's."""
    if stated is None:
        return tick.as_of_basis is Basis.RECEIVED
    if len(stated) == len("2026-11-20"):
        return f"{tick.as_of:%Y-%m-%d}" == stated and tick.as_of_basis is not Basis.RECEIVED
    moment = datetime.fromisoformat(stated)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    precision = timedelta(microseconds=1) if moment.microsecond else timedelta(seconds=1)
    return timedelta(0) <= tick.as_of - moment < precision and tick.as_of_basis is Basis.VENDOR
