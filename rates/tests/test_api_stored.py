"""A stored price is found again with its inputs; explain says why a source has no part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from providers import breaker
from providers.models import Provider
from providers.services import keep
from rates.models import Rate, RateDecision
from rates.price import Price
from rates.tests.contract import assert_problem, get
from rates.tests.scene import run, said

pytestmark = pytest.mark.django_db
PATH = "/api/v1/rates"


def test_a_price_is_returned_again_unchanged(api: APIClient, prices: dict[str, Price]) -> None:
    now = get(api, f"{PATH}/EUR/JPY").json()
    run(said(at=timezone.now(), JPY="152"), timezone.now())
    again = get(api, f"{PATH}/id/{now['rate_id']}").json()
    assert again.pop("recomputed") is True
    inputs = again.pop("inputs")
    assert again == now
    assert [(i["symbol"], i["provider"]) for i in inputs] == [
        (symbol, key) for symbol in ("EUR/USD", "USD/JPY") for key in ("fixer", "openexchangerates")
    ]
    assert get(api, f"{PATH}/EUR/JPY").json()["rate_id"] != now["rate_id"]


def test_a_price_that_its_inputs_do_not_make_says_so(api: APIClient, prices: dict[str, Price]) -> None:
    rate_id = prices["EUR/USD"].rate_id
    row = RateDecision.objects.get(currency="EUR")
    row.inputs[0]["mid"] = "1.0871"
    row.save()
    assert get(api, f"{PATH}/id/{rate_id}").json()["recomputed"] is False
    RateDecision.objects.update(terms={})
    assert get(api, f"{PATH}/id/{rate_id}").json()["recomputed"] is False
    RateDecision.objects.all().delete()
    answer = get(api, f"{PATH}/id/{rate_id}").json()
    assert (answer["recomputed"], answer["inputs"]) == (False, [])


def test_every_pair_of_a_run_is_made_again_from_its_inputs(api: APIClient, prices: dict[str, Price]) -> None:
    ids = Rate.objects.values_list("pk", flat=True)
    assert len(ids) == 36
    assert all(get(api, f"{PATH}/id/{each}").json()["recomputed"] for each in ids)


@pytest.mark.parametrize("unknown", ["01a1f9f6-f4bd-76b7-9d80-816369eb61cf", "1", "EUR", "x" * 300, "%00"])
def test_an_unknown_id_is_not_found(api: APIClient, prices: dict[str, Price], unknown: str) -> None:
    assert_problem(api.get(f"{PATH}/id/{unknown}"), 404, "not_found")


def test_an_unknown_parameter_is_refused(api: APIClient, prices: dict[str, Price]) -> None:
    answer = api.get(f"{PATH}/id/{prices['EUR/USD'].rate_id}", {"explain": "1"})
    assert assert_problem(answer, 400, "invalid_request")["errors"][0]["field"] == "explain"


def test_it_is_not_sent_twice(api: APIClient, prices: dict[str, Price]) -> None:
    path = f"{PATH}/id/{prices['EUR/USD'].rate_id}"
    tag = get(api, path)["ETag"]
    assert get(api, path, **{"If-None-Match": tag}).status_code == 304


def parts(api: APIClient, symbol: str = "EUR/USD") -> dict[str, Any]:
    inputs = get(api, f"{PATH}/{symbol}", {"explain": "1"}).json()["inputs"]
    return {each["provider"]: each["reason"] for each in inputs}


def test_explain_names_sources_that_are_switched_off(api: APIClient, prices: dict[str, Price]) -> None:
    Provider.objects.filter(key="openexchangerates").update(enabled=False)
    run(said(at=timezone.now(), EUR="0.92"), timezone.now())
    assert parts(api) == {"fixer": None, "openexchangerates": "disabled"}


def test_explain_names_the_breaker_that_keeps_a_source_silent(
    api: APIClient, prices: dict[str, Price]
) -> None:
    later = timezone.now() + timedelta(seconds=60)
    keep(said(at=later, EUR="0.92"))
    run(said(at=later + timedelta(seconds=1), EUR="0.92"), later + timedelta(seconds=1))
    assert parts(api) == {"fixer": None, "openexchangerates": "stale"}
    try:
        breaker.hold("openexchangerates")
        assert parts(api) == {"fixer": None, "openexchangerates": "breaker_open"}
    finally:
        breaker.close("openexchangerates")
