"""The OpenAPI document describes every endpoint, without a warning, and real answers are held to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from rates.price import Price
from rates.tests.contract import assert_shape, document

PROBLEM = "application/problem+json"


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """List every route of the URLconf with its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.callback


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in document()["paths"].items():
        for method, described in methods.items():
            yield path, method, described


def test_it_is_generated_without_a_warning_and_is_valid(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert "openapi: 3" in (tmp_path / "schema.yml").read_text()


def test_it_has_every_path_of_the_api_with_every_method() -> None:
    found = {(path, method) for path, method, _ in operations()}
    for route, view in routes(get_resolver().url_patterns):
        if route.startswith("api/v1"):
            path = "/" + "".join(
                f"{{{part.partition('>')[0].split(':')[-1]}}}{part.partition('>')[2]}"
                if ">" in part
                else part
                for part in route.split("<")
            )
            methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, name)}
            assert {(path, method) for method in methods} <= found, route
    assert {("/livez", "get"), ("/readyz", "get")} <= found


def test_every_endpoint_has_its_problems_and_the_headers_of_all_answers() -> None:
    for path, _, described in operations():
        if not path.startswith("/api/"):
            continue
        answers = described["responses"]
        expected = {"400", "401", "405", "406", "503"} | ({"404"} if "{" in path else set())
        assert expected <= set(answers), path
        for status, answer in answers.items():
            assert {"X-Request-ID", "X-Fx-Environment"} <= set(answer["headers"]), (path, status)
            if status.startswith(("4", "5")):
                assert PROBLEM in answer["content"], (path, status)


def test_every_parameter_and_every_endpoint_is_explained() -> None:
    for path, _, described in operations():
        assert described["description"], path
        for parameter in described.get("parameters", []):
            known = parameter.get("description") or parameter["schema"].get("enum")
            assert known, (path, parameter["name"])


NUMBERS = {"limit", "hours", "window", "max_age", "min_sources", "max_dispersion_bps"}


def numbers() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """List the numbers in queries: a path to ask, the parameter and its schema."""
    for path, _, described in operations():
        quote = "EUR" if path.endswith("daily") else "USD"
        asked = path.replace("{base}", "EUR").replace("{quote}", quote)
        for each in described.get("parameters", []):
            is_number = each["in"] == "query" and each["schema"]["type"] in ("integer", "number")
            assert is_number == (each["in"] == "query" and each["name"] in NUMBERS), (path, each["name"])
            if is_number:
                yield asked, each["name"], each["schema"]


@pytest.mark.django_db
def test_a_number_is_described_with_the_bounds_that_it_is_held_to(
    api: APIClient, shared_prices: dict[str, Price]
) -> None:
    assert {name for _, name, _ in numbers()} == NUMBERS
    for path, name, schema in numbers():
        order = {"from": "EUR", "to": "USD", "amount": "1"} if path.endswith("convert") else {}
        for wrong in (schema["minimum"] - 1, schema["maximum"] + 1):
            answer = api.get(path, order | {name: wrong})
            assert answer.status_code == 400, (path, name)
            assert [error["field"] for error in answer.json()["errors"]] == [name]
        for right in (schema["minimum"], schema["maximum"]):
            assert api.get(path, order | {name: right}).status_code in (200, 409), (path, name)


def test_what_stands_for_an_absent_number_is_described() -> None:
    defaults = {
        (described["operationId"], each["name"]): each["schema"].get("default")
        for _, _, described in operations()
        for each in described.get("parameters", [])
        if each["name"] in ("limit", "window")
    }
    assert defaults == {
        ("rates_history", "limit"): 500,
        ("rates_daily", "limit"): 10_000,
        ("rates_stats", "window"): 20,
    }


def test_operations_have_names_of_their_own() -> None:
    names = [described["operationId"] for _, _, described in operations()]
    assert len(set(names)) == len(names)


@pytest.mark.django_db
def test_it_is_served_as_it_was_generated(api: APIClient) -> None:
    served = api.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert served.status_code == 200
    assert json.loads(served.content)["paths"].keys() == document()["paths"].keys()


PRICE: dict[str, Any] = {
    "base": "EUR", "quote": "USD", "symbol": "EUR/USD", "bid": "1", "ask": "1", "mid": "1", "spread": "0",
    "as_of": "2026-11-20T14:08:10.120Z", "as_of_basis": "vendor", "received_at": "2026-11-20T14:08:10.245Z",
    "stale": False, "grade": "fresh", "confidence": "high", "market": "open", "method": "median",
    "path": ["EUR", "USD"], "sources": 1, "dispersion_bps": "0",
}  # fmt: skip
SHAPE = {"$ref": "#/components/schemas/PriceShape"}


def test_a_price_of_the_documented_shape_passes_the_check() -> None:
    assert_shape(SHAPE, PRICE)


@pytest.mark.parametrize(
    "spoilt",
    [{"mid": 1.5}, {"more": 1}, {"grade": "rotten"}, {"stale": "false"}, {"path": "EUR"}, {"bid": None}],
    ids=str,
)
def test_the_check_refuses_a_field_that_is_extra_or_of_another_kind(spoilt: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        assert_shape(SHAPE, PRICE | spoilt)


def test_the_check_refuses_a_missing_field() -> None:
    with pytest.raises(AssertionError, match="mid"):
        assert_shape(SHAPE, {name: part for name, part in PRICE.items() if name != "mid"})
