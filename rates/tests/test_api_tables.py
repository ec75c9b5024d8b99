"""Pairs and currencies as the API lists them, and what a reader who has the newest gets."""

from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from rates.currencies import CURRENCIES
from rates.price import Price
from rates.tests.contract import assert_problem, get
from rates.tests.scene import THIRTY_SIX, run, said, set_up

pytestmark = pytest.mark.django_db
RATES = "/api/v1/rates"
Prices = dict[str, Price]


@pytest.mark.parametrize("path", ["rates", "rates/EUR/USD", "rates/EUR/USD?explain=1", "pairs", "currencies",
                                  "currencies/EUR"])  # fmt: skip
def test_a_reader_who_has_the_newest_gets_304(api: APIClient, prices: Prices, path: str) -> None:
    first = get(api, f"/api/v1/{path}")
    assert first["Cache-Control"] == "no-cache"
    for shown in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
        again = get(api, f"/api/v1/{path}", **{"If-None-Match": shown})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert get(api, f"/api/v1/{path}", **{"If-None-Match": '"other"'}).status_code == 200


def test_a_new_price_has_another_etag(api: APIClient, prices: Prices) -> None:
    before = get(api, RATES)["ETag"]
    now = timezone.now()
    run(said(at=now, EUR="0.95"), now)
    assert get(api, RATES, **{"If-None-Match": before}).status_code == 200


def test_the_tracked_pairs_and_how_to_show_them(api: APIClient, prices: Prices) -> None:
    results = get(api, "/api/v1/pairs").json()["results"]
    assert [pair["symbol"] for pair in results] == [f"{base}/{quote}" for base, quote in THIRTY_SIX]
    assert results[0] == {
        "symbol": "AUD/CAD",
        "base": "AUD",
        "quote": "CAD",
        "base_name": "Australian Dollar",
        "quote_name": "Canadian Dollar",
        "price_decimals": 5,
        "pip_position": 4,
        "method": "median",
        "max_age": 10,
        "expected_interval": 3,
    }


def test_without_a_source_the_expected_interval_is_unknown(api: APIClient) -> None:
    set_up("EUR/USD")
    (pair,) = get(api, "/api/v1/pairs").json()["results"]
    assert pair["expected_interval"] is None


def test_every_currency_is_listed_with_its_sources(api: APIClient, prices: Prices) -> None:
    results = {row["code"]: row for row in get(api, "/api/v1/currencies").json()["results"]}
    assert list(results) == list(CURRENCIES)
    assert results["EUR"]["sources"] == ["fixer", "openexchangerates"]
    assert (results["DEM"]["active"], results["DEM"]["ended"]) == (False, "1998-12-31")


@pytest.mark.parametrize("code", ["CHF", "chf", "Chf"])
def test_one_currency_in_any_letter_case(api: APIClient, prices: Prices, code: str) -> None:
    franc = get(api, f"/api/v1/currencies/{code}").json()
    assert (franc["code"], franc["numeric"], franc["minor_units"], franc["cash_step"]) == (
        "CHF",
        "756",
        2,
        "0.05",
    )
    assert {"CH", "LI"} <= set(franc["countries"])


@pytest.mark.parametrize("code", ["ZZZ", "XXX", "CH", "E%00R", "%E2%82%AC"])
def test_an_unknown_currency_is_not_found(api: APIClient, code: str) -> None:
    assert_problem(get(api, f"/api/v1/currencies/{code}"), 404, "unknown_currency")


def test_the_list_is_empty_before_the_first_price(api: APIClient) -> None:
    set_up()
    assert get(api, RATES).json()["rates"] == []
