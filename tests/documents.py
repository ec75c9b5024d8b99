"""Read the documents: their blocks, links and paths, and what the sources say of the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver

from tests.house import ROOT

DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith((".", "node_modules")) for part in path.relative_to(ROOT).parts)
)
USER_DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path
    for room in ("fxengine", "conversions", "streaming", "rates", "providers")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "tests" not in path.parts
]
_CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SAMPLES = {
    "date": "2026-11-20",
    "base": "EUR",
    "quote": "USD",
    "code": "CHF",
    "key": "ecb",
    "receipt_id": "01a1f9f6-f744-7698-93da-ff1ed3dc90fc",
    "id": "01a1f9f6-f744-7698-93da-ff1ed3dc90fc",
    "rate_id": "01a1f9f6-f744-7698-93da-ff1ed3dc90fc",
}


def text(name: str) -> str:
    """Read a file of the repository."""
    return (ROOT / name).read_text()


def blocks(document: str, language: str) -> list[str]:
    """List a document's fenced blocks of one language; `""` for those without one."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)


def read_calls(path: Path) -> Iterator[tuple[str, ast.Call | ast.Subscript]]:
    """Find what a file reads from the environment: `env.int("X")`, `environ.get("X")`, `environ["X"]`."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=_), args=[ast.Constant(value=str(name)), *_]
            ):
                yield name, node
            case ast.Call(
                func=ast.Attribute(value=source, attr="get"), args=[ast.Constant(value=str(name)), *_]
            ) if _is_environment(source):
                yield name, node
            case ast.Subscript(value=source, slice=ast.Constant(value=str(name))) if _is_environment(source):
                yield name, node


def _is_environment(source: ast.expr) -> bool:
    return re.search(r"environ|shell", ast.unparse(source)) is not None


def anchors(document: Path) -> set[str]:
    """Name a document's headings the way links do."""
    headings = re.findall(r"^#+ (.*)$", _CODE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> Iterator[str]:
    """Find where a document points to, outside its code."""
    prose = _CODE.sub("", document.read_text())
    yield from re.findall(r"\]\(([^)\s]+)\)", prose)
    yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', prose)


def paths(document: Path) -> set[str]:
    """Find the paths that a document has its reader ask for, and those of its tables."""
    written = document.read_text()
    asked = set(re.findall(r"(?:https?|ws)://127\.0\.0\.1:8000(/[^\s?'\"`)]*)", written))
    tabled = re.findall(r"`(?:(?:GET|POST) )?(/(?:api/|livez|readyz)[^\s?`]*)`", written)
    filled = {re.sub(r"\{(\w+)\}", lambda name: SAMPLES[name[1]], path) for path in tabled}
    return asked | filled


def routes(resolver: URLResolver, start: str = "/") -> Iterator[str]:
    """List every path of the house, as documents write it."""
    for pattern in resolver.url_patterns:
        here = start + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<\w+:(\w+)>", r"{\1}", here)
        elif not here.startswith("/admin/"):
            yield from routes(pattern, here)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Walk every object of a JSON text."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from objects(inner)
