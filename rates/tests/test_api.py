"""The rate endpoints: what they answer, in which shape, and what they refuse."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from providers.models import NewestTick, Poll
from providers.services import keep
from rates.models import Rate, RunCounter
from rates.price import Price
from rates.tests.contract import assert_problem, get
from rates.tests.scene import NINE, THIRTY_SIX, fixed, provider, run, said

pytestmark = pytest.mark.django_db
RATES = "/api/v1/rates"
Prices = dict[str, Price]


def symbols(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [price["symbol"] for price in answer.json()["rates"]]


def test_the_list_has_every_tracked_pair_in_symbol_order(api: APIClient, shared_prices: Prices) -> None:
    answer = get(api, RATES)
    assert symbols(answer) == [f"{base}/{quote}" for base, quote in THIRTY_SIX]
    body = answer.json()
    assert list(body) == ["environment", "stream", "seq", "rates"]
    assert (body["environment"], body["seq"], len(body["stream"])) == ("demo", 1, 36)
    euro = next(price for price in body["rates"] if price["symbol"] == "EUR/USD")
    assert euro["mid"] == f"{shared_prices['EUR/USD'].mid:f}"
    assert (euro["environment"], euro["seq"], euro["rate_id"]) == (
        "demo",
        1,
        str(shared_prices["EUR/USD"].rate_id),
    )


def test_the_list_comes_from_memory_where_a_hub_feeds_it(
    api: APIClient, fed_board: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        body = get(api, RATES).json()
    assert (body["stream"], body["seq"], len(body["rates"])) == ("a-stream", 7, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pairs=EUR/USD", ["EUR/USD"]),
        ("pairs=EUR-USD,GBPUSD,aud%2Fusd", ["AUD/USD", "EUR/USD", "GBP/USD"]),
        ("pairs=USD/EUR", ["USD/EUR"]),
        ("pairs=USD/EUR,EUR/USD", ["EUR/USD", "USD/EUR"]),
        ("pairs=EUR/USD,EUR/USD, EURUSD", ["EUR/USD"]),
        ("base=USD&quotes=EUR,JPY", ["USD/EUR", "USD/JPY"]),
        ("base=usd&quotes=jpy", ["USD/JPY"]),
        ("base=JPY&quotes=EUR,AUD,GBP", ["JPY/AUD", "JPY/EUR", "JPY/GBP"]),
        ("base=EUR", [f"EUR/{code}" for code in NINE if code != "EUR"]),
        ("base=NOK", []),
    ],
)
def test_the_list_can_be_narrowed(
    api: APIClient, shared_prices: Prices, query: str, found: list[str]
) -> None:
    assert symbols(get(api, f"{RATES}?{query}")) == found


def test_a_pair_asked_the_other_way_round_is_the_same_decision(api: APIClient, shared_prices: Prices) -> None:
    (turned,) = get(api, RATES, {"pairs": "USD/EUR"}).json()["rates"]
    inverse = shared_prices["EUR/USD"].inverse()
    assert (turned["mid"], turned["method"], turned["path"]) == (
        f"{inverse.mid:f}",
        "inverse",
        ["USD", "EUR"],
    )
    assert turned["rate_id"] == str(shared_prices["EUR/USD"].rate_id)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("pairs=EUR/NOK", 404, "unknown_pair"),
        ("pairs=EUR/EUR", 404, "unknown_pair"),
        ("pairs=EUR", 404, "unknown_pair"),
        ("pairs=EUR/ZZZ", 404, "unknown_currency"),
        ("base=ZZZ", 404, "unknown_currency"),
        ("base=", 404, "unknown_currency"),
        ("base=USD&quotes=ZZZ", 404, "unknown_currency"),
        ("base=USD&quotes=NOK", 404, "unknown_pair"),
        ("base=USD&quotes=USD", 404, "unknown_pair"),
        ("pairs=", 400, "invalid_request"),
        ("pairs=EUR/USD,,GBP/USD", 400, "invalid_request"),
        ("quotes=EUR", 400, "invalid_request"),
        ("base=USD&quotes=", 400, "invalid_request"),
        ("pairs=EUR/USD&base=USD", 400, "invalid_request"),
        ("pairs=EUR/USD&pairs=GBP/USD", 400, "invalid_request"),
        ("pair=EUR/USD", 400, "invalid_request"),
        ("pairs=" + ",".join(["EUR/USD"] * 501), 400, "invalid_request"),
    ],
)
def test_the_list_refuses_by_name(
    api: APIClient, shared_prices: Prices, query: str, status: int, code: str
) -> None:
    assert_problem(get(api, f"{RATES}?{query}"), status, code)


def test_one_price_in_either_direction_and_any_letter_case(api: APIClient, shared_prices: Prices) -> None:
    answer = get(api, f"{RATES}/eur/usd")
    assert (answer.json()["symbol"], answer["X-Fx-Cached"]) == ("EUR/USD", "hit")
    turned = get(api, f"{RATES}/USD/EUR").json()
    assert (turned["method"], turned["bid"]) == ("inverse", f"{shared_prices['EUR/USD'].inverse().bid:f}")


def test_a_cross_says_its_path_and_is_the_quotient_of_its_legs(api: APIClient, shared_prices: Prices) -> None:
    cross = get(api, f"{RATES}/AUD/CAD").json()
    assert (cross["method"], cross["path"]) == ("cross", ["AUD", "USD", "CAD"])
    exact = shared_prices["AUD/USD"].mid * shared_prices["USD/CAD"].mid
    assert abs(Decimal(cross["mid"]) / exact - 1) < Decimal("1E-11")


def test_a_pair_that_nobody_tracks_is_priced_from_what_is_known(
    api: APIClient, shared_prices: Prices
) -> None:
    now = timezone.now()
    keep(said(at=now, NOK="10", SEK="5"))
    answer = get(api, f"{RATES}/NOK/SEK?explain=1")
    assert (answer.json()["mid"], answer["X-Fx-Cached"]) == ("0.5", "hit")
    assert not {"seq", "rate_id"} & answer.json().keys()
    assert [each["symbol"] for each in answer.json()["inputs"]] == ["USD/NOK", "USD/SEK"]


def test_a_price_that_had_to_be_fetched_says_miss_and_then_hit(
    api: APIClient, shared_prices: Prices, vendors: Any, empty_cache: None
) -> None:
    assert [get(api, f"{RATES}/NOK/SEK")["X-Fx-Cached"] for _ in range(2)] == ["miss", "hit"]
    assert Poll.objects.count() == 1


def test_what_nobody_can_price_is_an_outage_and_not_a_wrong_question(
    api: APIClient, shared_prices: Prices, empty_cache: None
) -> None:
    answer = get(api, f"{RATES}/NOK/SEK")
    assert_problem(answer, 503, "no_rate")
    assert answer["Retry-After"] == "5"


@pytest.mark.parametrize(
    "path", ["ZZZ/USD", "USD/ZZZ", "US/USD", "USD/E%00R", "%F0%9F%98%80/USD", "U" * 2000]
)
def test_a_path_without_two_currencies_is_not_found(api: APIClient, shared_prices: Prices, path: str) -> None:
    answer = api.get(f"{RATES}/{path}")
    assert_problem(answer, 404, "unknown_currency" if "/" in path else "not_found")


def test_explaining_adds_every_source_of_every_leg(api: APIClient, shared_prices: Prices) -> None:
    now = timezone.now()
    provider("ecb")
    run(fixed(now, at=now, USD="1.1", AUD="1.6", CAD="1.5"), now)
    plain = get(api, f"{RATES}/AUD/CAD").json()
    explained = get(api, f"{RATES}/AUD/CAD?explain=1").json()
    inputs = explained.pop("inputs")
    assert plain.keys() == explained.keys()
    assert [(each["symbol"], each["provider"], each["used"], each["reason"]) for each in inputs] == [
        (symbol, key, key != "ecb", "reference" if key == "ecb" else None)
        for symbol in ("AUD/USD", "USD/CAD")
        for key in ("ecb", "fixer", "openexchangerates")
    ]


@pytest.mark.parametrize("query", ["explain=0", "explain=false", ""])
def test_inputs_are_left_out_unless_asked_for(api: APIClient, shared_prices: Prices, query: str) -> None:
    assert "inputs" not in get(api, f"{RATES}/EUR/USD?{query}").json()


def test_guards_let_a_good_price_pass(api: APIClient, shared_prices: Prices) -> None:
    query = {"max_age": "60", "min_sources": "2", "max_dispersion_bps": "0.5"}
    assert get(api, f"{RATES}/EUR/USD", query).status_code == 200


@pytest.mark.parametrize("guard", ["max_age=0", "min_sources=3"])
def test_a_broken_guard_shows_the_price_that_broke_it(
    api: APIClient, shared_prices: Prices, guard: str
) -> None:
    problem = assert_problem(get(api, f"{RATES}/EUR/USD?{guard}"), 409, "guard_failed")
    assert problem["found"]["rate_id"] == str(shared_prices["EUR/USD"].rate_id)


@pytest.mark.parametrize("query", ["max_age=-1", "min_sources=x", "max_dispersion_bps=1e9", "explain=2",
                                   "max_age=99999999999", "sources=3", "max_age=1&max_age=2"])  # fmt: skip
def test_a_price_refuses_other_parameters_by_name(api: APIClient, shared_prices: Prices, query: str) -> None:
    problem = assert_problem(get(api, f"{RATES}/EUR/USD?{query}"), 400, "invalid_request")
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_in_live_operation_prices_carry_no_mark_and_answers_no_header(
    api: APIClient, shared_prices: Prices, settings: Settings
) -> None:
    settings.FX_ENVIRONMENT, settings.FX_DEMO = "live", False
    RunCounter.objects.update(environment="live")
    answer = get(api, RATES)
    assert answer.json()["environment"] == "live"
    assert not any("environment" in price for price in answer.json()["rates"])
    assert "X-Fx-Environment" not in answer


def test_an_old_price_is_labelled_and_still_answered(api: APIClient, shared_prices: Prices) -> None:
    Rate.objects.update(as_of=timezone.now() - timedelta(seconds=25), max_age=timedelta(seconds=10))
    NewestTick.objects.all().delete()
    price = get(api, f"{RATES}/EUR/USD").json()
    assert (price["grade"], price["stale"]) == ("stale", True)
