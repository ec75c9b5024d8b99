"""Kraken's names of pairs, against its own dictionary where it was recorded."""

import json
from pathlib import Path

import pytest

from providers.adapters._kraken import PAIRS, pair_of
from providers.tests.recorded import RECORDED


@pytest.mark.parametrize(
    ("name", "base", "quote"),
    [
        ("ZEURZUSD", "EUR", "USD"),
        ("XXBTZUSD", "XBT", "USD"),
        ("EURGBP", "EUR", "GBP"),
        ("XTZUSD", "XTZ", "USD"),
        ("EUR/USD", "EUR", "USD"),
        ("USDTZUSD", "", ""),
        ("XDGUSDT", "", ""),
        ("", "", ""),
    ],
)
def test_it_takes_names_apart(name: str, base: str, quote: str) -> None:
    assert pair_of(name) == (base, quote)


@pytest.mark.skipif(not RECORDED, reason="FX_RECORDED_DIR names no folder of recordings")
def test_its_dictionary_agrees_on_every_pair() -> None:
    (path,) = (Path(RECORDED) / "kraken").glob("assetpairs-*[0-9].json")
    pairs = [pair for pair in json.loads(path.read_text())["result"].items() if "wsname" in pair[1]]
    short = {name: row["wsname"] for name, row in pairs if len(row["wsname"]) == len("EUR/USD")}
    assert {name: "/".join(pair_of(name)) for name in short} == short
    assert not [name for name, _ in pairs if name not in short and pair_of(name) != ("", "")]
    assert set(PAIRS) <= {row["altname"] for _, row in pairs}
