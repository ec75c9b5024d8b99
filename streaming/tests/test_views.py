"""The page's shell: what it holds before any script runs, and what it allows."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

STATIC = Path(__file__).parent.parent / "static"


@pytest.fixture
def shell(client: Client) -> str:
    return client.get("/").content.decode()


def test_it_asks_the_database_nothing(client: Client) -> None:
    assert client.get("/").status_code == 200  # without a database fixture, any query fails


def test_its_policy_allows_scripts_and_styles_of_our_own_alone(client: Client) -> None:
    answer = client.get("/")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    nonce = re.search(r'type="importmap" nonce="([^"]+)"', answer.content.decode())
    assert nonce is not None
    assert policy["default-src"] == "'none'"
    assert set(policy["script-src"].split()) == {"'self'", f"'nonce-{nonce[1]}'"}
    assert policy["style-src"] == policy["connect-src"] == policy["font-src"] == "'self'"


def test_it_has_no_inline_style_or_handler(shell: str) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", shell)


def test_it_names_no_other_host(shell: str) -> None:
    assert set(re.findall(r"""(?:src|href)=["'](?:https?:)?//""", shell)) == set()


def test_every_module_it_imports_is_mapped(shell: str) -> None:
    import_map = re.search(r"<script type=\"importmap\"[^>]*>(.*?)</script>", shell, re.DOTALL)
    assert import_map is not None
    mapped = json.loads(import_map[1])["imports"]
    modules = list((STATIC / "streaming").glob("*.js"))
    imported = {name for module in modules for name in re.findall(r'from "([^"]+)"', module.read_text())}
    assert imported <= set(mapped)
    assert len(mapped) == len(modules) - 1


@pytest.mark.parametrize(("is_demo", "mark"), [(True, 'class="demo">'), (False, 'class="demo" hidden>')])
def test_a_demo_is_marked_before_any_script_runs(
    settings: Settings, client: Client, is_demo: bool, mark: str
) -> None:
    settings.FX_DEMO = is_demo
    assert mark in client.get("/").content.decode()


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/").status_code == 405


def test_what_we_took_from_others_is_what_we_say() -> None:
    for sums in (STATIC / "vendor" / "SHA256SUMS", Path("tests/vendor/SHA256SUMS")):
        listed = dict(reversed(line.split("  ", 1)) for line in sums.read_text().splitlines())
        found = {
            str(path.relative_to(sums.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sums.parent.rglob("*")
            if path.is_file() and path != sums
        }
        assert found == listed
