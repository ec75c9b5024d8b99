"""All cross rates at one moment: every triangle closes, and no cell is older or other than its price."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from providers.services import keep
from rates.board import board
from rates.currencies import CURRENCIES
from rates.models import Rate, RunCounter
from rates.price import Price, orient
from rates.serializers import time_text
from rates.tests.builders import price
from rates.tests.contract import assert_problem, get
from rates.tests.scene import LEVELS, NINE, said
from rates.tests.walk import nearly

pytestmark = pytest.mark.django_db
MATRIX = "/api/v1/matrix"
EIGHT = "USD,EUR,GBP,AUD,CAD,CHF,INR,JPY"
Prices = dict[str, Price]


def test_every_cell_is_the_quotient_of_two_decisions(api: APIClient, shared_prices: Prices) -> None:
    body = get(api, MATRIX, {"currencies": EIGHT}).json()
    assert list(body) == ["as_of", "seq", "currencies", "rates"]
    assert (body["currencies"], body["seq"]) == (EIGHT.split(","), 1)
    # Units per dollar as both sources said them; the price of EUR, GBP and AUD is published the other way.
    per_dollar = {code: Fraction(level) for code, level in LEVELS.items()} | {"USD": Fraction(1)}
    for code in ("EUR", "GBP", "AUD"):
        per_dollar[code] = 1 / Fraction(nearly(1 / per_dollar[code]))
    for pair in combinations(body["currencies"], 2):
        base, quote = orient(*pair)
        exact = nearly(per_dollar[quote] / per_dollar[base])
        assert Decimal(body["rates"][base][quote]) == exact
        assert Decimal(body["rates"][quote][base]) == nearly(1 / Fraction(exact))
    assert {body["rates"][code][code] for code in body["currencies"]} == {"1"}


def test_reciprocals_and_triangles_close_within_rounding(api: APIClient, shared_prices: Prices) -> None:
    body = get(api, MATRIX, {"currencies": EIGHT}).json()
    rates = {
        base: {quote: Fraction(cell) for quote, cell in row.items()} for base, row in body["rates"].items()
    }
    codes = body["currencies"]
    assert len(list(combinations(codes, 2))) == 28
    # A number of twelve digits is at most this far from the exact one.
    half = Fraction(5, 10**12)
    for one, other in combinations(codes, 2):
        assert abs(rates[one][other] * rates[other][one] - 1) <= 2 * half + half**2
    for one, other, third in permutations(codes, 3):
        assert abs(rates[one][other] * rates[other][third] / rates[one][third] - 1) <= 6 * half


def test_a_cell_is_what_the_pair_alone_is_answered_with(api: APIClient, shared_prices: Prices) -> None:
    rates = get(api, MATRIX).json()["rates"]
    assert list(rates) == sorted(NINE)
    for base, quote in permutations(NINE, 2):
        listed = shared_prices.get(f"{base}/{quote}") or shared_prices[f"{quote}/{base}"].inverse()
        assert rates[base][quote] == f"{listed.mid:f}"


def test_it_comes_from_memory_where_a_hub_feeds_it(
    api: APIClient, fed_board: None, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    now = timezone.now()
    older = now - timedelta(seconds=3)
    board.replace("a-stream", 7, [
        replace(price("EUR/USD", "1.25"), as_of=now, seq=9),
        replace(price("USD/JPY", "150"), as_of=older, seq=7)
    ])  # fmt: skip
    with django_assert_num_queries(0):
        body = get(api, MATRIX).json()
    assert (body["seq"], body["as_of"]) == (9, time_text(older))
    assert body["rates"]["EUR"] == {"EUR": "1", "JPY": "187.5", "USD": "1.25"}
    assert body["rates"]["JPY"]["EUR"] == "0.00533333333333"


def test_each_code_is_read_once_in_any_letter_case(api: APIClient, shared_prices: Prices) -> None:
    body = get(api, f"{MATRIX}?currencies=jpy, usd,JPY").json()
    assert body["currencies"] == ["JPY", "USD"]
    assert get(api, f"{MATRIX}?currencies=USD").json()["rates"] == {"USD": {"USD": "1"}}


def test_a_currency_that_nobody_tracks_is_crossed_from_what_is_known(
    api: APIClient, shared_prices: Prices
) -> None:
    keep(said(at=timezone.now(), NOK="10", SEK="5"))
    rates = get(api, f"{MATRIX}?currencies=NOK,SEK,JPY").json()["rates"]
    assert (rates["NOK"]["SEK"], rates["SEK"]["NOK"]) == ("0.5", "2")
    assert Decimal(rates["NOK"]["JPY"]) == nearly(Fraction(LEVELS["JPY"]) / 10)


def test_a_currency_that_nobody_can_price_is_named(
    api: APIClient, shared_prices: Prices, empty_cache: None
) -> None:
    problem = assert_problem(get(api, f"{MATRIX}?currencies=EUR,NOK"), 503, "no_rate")
    assert "NOK" in problem["detail"]


def test_an_expired_price_is_in_no_cell(api: APIClient, shared_prices: Prices) -> None:
    Rate.objects.filter(pair__base="USD", pair__quote="JPY").update(max_age=timedelta(microseconds=1))
    assert_problem(get(api, f"{MATRIX}?currencies=EUR,JPY"), 503, "no_rate")
    assert get(api, f"{MATRIX}?currencies=EUR,GBP").status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("currencies=", 400, "invalid_request"), ("currencies=USD,,EUR", 400, "invalid_request"),
     ("currencies=USD%00", 400, "invalid_request"),
     ("currencies=" + ",".join(["USD"] * 41), 400, "invalid_request"),
     ("currency=USD", 400, "invalid_request"),
     ("currencies=USD,ZZZ", 404, "unknown_currency")],
    ids=lambda part: str(part)[:25],
)  # fmt: skip
def test_other_questions_are_refused(
    api: APIClient, shared_prices: Prices, query: str, status: int, code: str
) -> None:
    assert_problem(get(api, f"{MATRIX}?{query}"), status, code)


def test_more_tracked_currencies_than_fit_have_to_be_named(api: APIClient, fed_board: None) -> None:
    codes = [code for code, known in CURRENCIES.items() if known.active and code != "USD"][:40]
    now = timezone.now()
    prices = [replace(price(f"USD/{code}", "2"), as_of=now, seq=7) for code in codes]
    board.replace("a-stream", 7, prices)
    problem = assert_problem(get(api, MATRIX), 400, "invalid_request")
    assert problem["errors"][0]["field"] == "currencies"


def test_a_reader_who_has_the_newest_gets_304(api: APIClient, shared_prices: Prices) -> None:
    first = get(api, MATRIX)
    assert get(api, MATRIX, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_simulated_prices_do_not_pass_for_real_ones(api: APIClient, shared_prices: Prices) -> None:
    RunCounter.objects.update(environment="live")
    for path in ("matrix", "rates/EUR/USD/history", "rates/EUR/USD/daily", "rates/EUR/USD/on/2026-11-20"):
        assert_problem(get(api, f"/api/v1/{path}"), 503, "unavailable")
