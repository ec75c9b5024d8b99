"""Choose the parts to measure, measure them, print a table, and write JSON where asked."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from bench.engines import house
from bench.measures import table

# Imported once Django is set up: each has a `measure(options)`.
PARTS = ("ingest", "history")
ROWS = 5_000_000


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the options of `bench`."""
    parser = argparse.ArgumentParser(prog="fx bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"history: stored rates (default: {ROWS:,})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return options


def main(arguments: list[str]) -> int:
    """Measure and report; a figure never decides the exit code."""
    options, found = parse(arguments), {}
    with house():
        for part in options.parts or PARTS:
            found[part] = import_module(f"bench.{part}").measure(options)
    print(table(found))
    if options.json:
        shown = {part: {name: one.as_json() for name, one in each.items()} for part, each in found.items()}
        options.json.write_text(json.dumps(shown, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
