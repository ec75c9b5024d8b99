"""The summary of all pairs takes the same few queries however many there are."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from rates.models import Pair
from rates.price import Price
from rates.tests.contract import get
from rates.tests.scene import set_up

pytestmark = pytest.mark.django_db
SUMMARY = "/api/v1/rates/summary"


def test_the_summary_takes_as_many_queries_for_36_pairs_as_for_one(
    api: APIClient, prices: dict[str, Price], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for tracked in (36, 1):
        with django_assert_num_queries(9):
            assert len(get(api, SUMMARY).json()["results"]) == tracked
        Pair.objects.exclude(base="EUR", quote="USD").update(tracked=False)


def test_the_summary_is_empty_before_the_first_price(api: APIClient) -> None:
    set_up("EUR/USD")
    assert get(api, SUMMARY).json()["results"] == []
