"""The documents say what is there: variables, commands, paths, links, codes and shapes."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, get_resolver, resolve

from devstack.commands import COMMANDS, MARKERS
from devstack.up import parse
from devstack.variables import is_ours
from providers.adapters.base import Ask, Basis, Body, ProviderError
from rates.price import Price
from rates.serializers import price_object
from streaming.routing import websocket_urlpatterns
from tests.documents import (
    DOCUMENTS,
    SOURCES,
    USER_DOCUMENTS,
    anchors,
    blocks,
    links,
    objects,
    paths,
    read_calls,
    routes,
    text,
)
from tests.house import ROOT

# Between our own processes, and of Django: nobody sets these.
INTERNAL = {"FX_READY_FD", "DJANGO_SETTINGS_MODULE"}
of_each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def variables_read() -> set[str]:
    """Name every variable that the settings, set-up, ./fx, devstack, the adapters' tests and compose read."""
    python = [
        ROOT / "fx",
        ROOT / "fxengine/settings.py",
        ROOT / "fxengine/management/commands/setup.py",
        ROOT / "providers/tests/recorded.py",
        *(ROOT / "devstack").glob("*.py"),
    ]
    ours = {name for path in python for name, _ in read_calls(path) if is_ours(name)}
    return (ours | set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text("docker-compose.yml")))) - INTERNAL


def variables_documented() -> dict[str, str]:
    """Map each variable of .env.example to the default it shows."""
    return dict(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE))


def test_the_example_names_every_variable_that_is_read_and_no_other() -> None:
    assert set(variables_documented()) == variables_read()


def test_the_example_shows_the_defaults_of_the_settings() -> None:
    shown, seen = variables_documented(), 0
    for name, call in read_calls(ROOT / "fxengine/settings.py"):
        given = {k.arg: k.value for k in call.keywords} if isinstance(call, ast.Call) else {}
        default = given.get("default")
        if isinstance(default, ast.Constant | ast.List):
            expected = ast.literal_eval(default)
            listed = ",".join(expected) if isinstance(expected, list) else str(expected)
            assert shown[name] == (listed.lower() if isinstance(expected, bool) else listed), name
            seen += 1
    assert seen > 10


def test_what_has_no_default_stands_open_in_the_example() -> None:
    left_open = set(re.findall(r"^([A-Z_]+)=(?:.*)$", text(".env.example"), re.MULTILINE))
    required = set(re.findall(r"\$\{([A-Z_]+):\?", text("docker-compose.yml")))
    assert left_open == required


def test_the_readme_is_short_and_starts_with_the_two_commands() -> None:
    lines = text("README.md").splitlines()
    assert len(lines) <= 150
    first = "\n".join(lines[:25])
    assert "./fx up" in first
    assert "./fx test" in first
    assert "docs/images/page-light.png" in first
    assert "docs/images/page-dark.png" in first


@of_each_document
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link in links(document):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        if anchor:
            page = target / "README.md" if target.is_dir() else target
            assert anchor in anchors(page), link


@of_each_document
def test_every_command_of_fx_exists(document: Path) -> None:
    for command, arguments in re.findall(r"\./fx ([a-z]+)([^\n`#]*)", document.read_text()):
        assert command in COMMANDS, command
        words = arguments.split()
        if command == "up":
            parse([word.strip(",.;:") for word in words if word.startswith("--") or word.isdigit()])
        elif command == "manage" and words:
            assert words[0].strip(".,;:") in get_commands(), words[0]
        elif command == "test" and words and words[0].isalpha() and not (ROOT / words[0]).exists():
            assert words[0].rstrip(".,") in MARKERS, words[0]


def test_every_management_command_that_is_named_exists() -> None:
    named = {name for path in USER_DOCUMENTS for name in re.findall(r"manage\.py (\w+)", path.read_text())}
    assert named
    assert named <= set(get_commands())


@of_each_document
def test_every_path_that_is_named_is_routed(document: Path) -> None:
    sockets = {f"/{pattern.pattern}" for pattern in websocket_urlpatterns}
    for path in paths(document) - sockets:
        try:
            resolve(path)
        except Resolver404:
            pytest.fail(f"{path} leads nowhere")


def test_the_guide_names_every_path_of_the_api() -> None:
    guide = text("docs/guide/README.md")
    for route in routes(get_resolver()):
        if route.startswith(("/api/", "/livez", "/readyz")):
            assert f"{route}`" in guide, route


def shown_price() -> dict[str, Any]:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    one = Decimal(1)
    price = Price(
        base="EUR", quote="USD", bid=one, ask=one, mid=one, as_of=now, as_of_basis=Basis.VENDOR,
        received_at=now, method="median", path=("EUR", "USD"), sources=1, dispersion_bps=Decimal(0),
        confidence="high", max_age=timedelta(seconds=10), seq=1,
    )  # fmt: skip
    return price_object(price, now, "demo") | {"rate_id": ""}


def test_examples_are_json_and_their_prices_have_the_shape_of_today() -> None:
    expected, seen = set(shown_price()), 0
    for path in (*USER_DOCUMENTS, ROOT / "CONTRIBUTING.md"):
        for block in blocks(path.read_text(), "json"):
            for shown in objects(json.loads(block)):
                if {"symbol", "grade"} <= shown.keys():
                    seen += 1
                    assert expected - set(shown) <= {"seq", "rate_id"}
                    assert set(shown) <= expected
    assert seen >= 4


def test_the_guide_lists_every_error_code_and_no_other() -> None:
    table = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", text("docs/guide/README.md"), re.MULTILINE)
    source = "\n".join(path.read_text() for path in SOURCES)
    raised = set(re.findall(r'\(\s*"([a-z_]+)",\s*([45]\d\d)\b', source))
    mapped = set(re.findall(r'exceptions\.\w+: "([a-z_]+)"', source))
    assert raised <= set(table)
    assert {code for code, _ in table} == {code for code, _ in raised} | mapped


def test_every_log_event_that_is_explained_is_written_somewhere() -> None:
    events = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", text("docs/operations/README.md"), re.MULTILINE)
    named = {name for row in events for name in re.findall(r"`(\w+)`", row)}
    source = "\n".join(path.read_text() for path in SOURCES)
    assert named
    assert [name for name in sorted(named) if f'"{name}"' not in source] == []


def test_the_adapter_in_contributing_reads_the_body_beside_it_as_it_says() -> None:
    document = text("CONTRIBUTING.md")
    (code,) = blocks(document, "python")
    body, expected = (json.loads(block) for block in blocks(document, "json"))
    module: dict[str, Any] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), module)
    source = module["Source"]("open_er_api")
    with pytest.raises(ProviderError) as caught:
        source.parse(Body(expected["status"], json.dumps(body).encode()), datetime.now(UTC))
    assert (caught.value.category, caught.value.detail) == (expected["outcome"], expected["detail"])
    newest = {
        "result": "success",
        "base_code": "USD",
        "time_last_update_unix": 1795132951,
        "rates": {"EUR": 0.922202},
    }
    (tick,) = source.parse(Body(200, json.dumps(newest).encode()), datetime.now(UTC))
    assert (tick.quote, tick.mid) == ("EUR", Decimal("0.922202"))
    assert source.request(Ask(frozenset({"EUR"}), today=date(2026, 11, 20))).path == "latest/USD"
    assert f"{code.count(chr(10))} +" in document


def test_decisions_are_short_numbered_without_holes_and_listed() -> None:
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    index = text("docs/decisions/README.md")
    for number, record in enumerate(records, 1):
        written = record.read_text()
        title = written.splitlines()[0].removeprefix(f"# {number}. ")
        assert record.name.startswith(f"{number:04}-")
        assert f"{number}. [{title}]({record.name})" in index
        assert len(written.splitlines()) <= 40
        assert re.findall(r"^## (.*)$", written, re.MULTILINE) == ["Context", "Decision", "Consequences"]
