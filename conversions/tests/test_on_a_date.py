"""Convert at the reference rate of a day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from conversions.tests.asking import CONVERT, ORDER, assert_problem, post
from conversions.tests.published import publish
from providers.adapters.base import Basis, Tick
from rates.reference import store
from rates.tests.contract import assert_described

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)
SATURDAY = {"date": "2026-11-14"}


@pytest.fixture(autouse=True)
def _fixed() -> None:
    """Fix three currencies against the euro, and publish another price for now."""
    publish(mid="2")
    stated = {"USD": "1.0845", "JPY": "164.62", "IDR": "16437.12"}
    midnight = datetime(2026, 11, 13, tzinfo=UTC)
    ticks = [
        Tick("ecb", "EUR", code, Decimal(mid), midnight, Basis.DATE, midnight) for code, mid in stated.items()
    ]
    store("ecb", ticks, datetime(2026, 11, 13, 15, tzinfo=UTC))


def stored(client: Client, **order: Any) -> Any:
    answer = post(client, ORDER | SATURDAY | order)
    assert_described(answer)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_the_reference_rate_of_the_day_is_used_and_shown(client: Client) -> None:
    receipt = stored(client)
    price = receipt["price"]
    assert (receipt["result"], receipt["rate"]) == ("1084.50", "1.0845")
    assert (price["method"], price["as_of"], price["as_of_basis"]) == (
        "reference",
        "2026-11-13T00:00:00.000Z",
        "date",
    )
    assert (price["stale"], price["path"], price["sources"], price["environment"]) == (
        False,
        ["EUR", "USD"],
        1,
        "demo",
    )
    assert not {"seq", "rate_id"} & price.keys()
    (source,) = receipt["inputs"]
    assert (source["provider"], source["symbol"], source["mid"], source["as_of"], source["received_at"]) == (
        "ecb",
        "EUR/USD",
        "1.0845",
        "2026-11-13T00:00:00.000Z",
        "2026-11-13T15:00:00.000Z",
    )
    assert client.get(f"/api/v1/conversions/{receipt['id']}").json() == receipt


def test_where_the_inverse_was_fixed_the_amount_is_divided_by_it(client: Client) -> None:
    receipt = stored(client, **{"from": "IDR", "to": "EUR", "amount": "1643712000000.00"})
    assert (receipt["result"], receipt["inverse_rate"]) == ("100000000.00", "16437.12")
    assert (receipt["price"]["method"], receipt["price"]["path"]) == ("reference", ["IDR", "EUR"])


def test_a_cross_names_both_fixings(client: Client) -> None:
    receipt = stored(client, to="JPY", **{"from": "USD"})
    assert (receipt["result"], receipt["price"]["path"]) == ("151793", ["USD", "EUR", "JPY"])
    assert [source["symbol"] for source in receipt["inputs"]] == ["EUR/USD", "EUR/JPY"]


def test_a_currency_itself_needs_no_fixing(client: Client) -> None:
    assert stored(client, to="EUR")["rate"] == "1"


def test_calculating_takes_a_date_too(client: Client) -> None:
    answer = client.get(CONVERT, {"from": "EUR", "to": "USD", "to_amount": "1084.50"} | SATURDAY)
    assert_described(answer)
    assert (answer.json()["amount"], answer.json()["price"]["method"]) == ("1000.00", "reference")


@pytest.mark.parametrize(
    "wrong",
    ["2026-11-31", "13.11.2026", "", "0001-01-01", "9999-12-31", "٢٠٢٦-١١-١٣", "2026-11-13T00:00:00Z"],
)
def test_what_is_no_date_is_refused(client: Client, wrong: str) -> None:
    assert_problem(post(client, ORDER | {"date": wrong}), 400, "invalid_request", "date")


def test_a_date_is_text(client: Client) -> None:
    assert_problem(post(client, ORDER | {"date": 20261113}), 400, "invalid_request", "date")


@pytest.mark.parametrize("guard", ["max_age", "min_sources"])
def test_guards_of_current_prices_do_not_go_with_a_date(client: Client, guard: str) -> None:
    assert_problem(post(client, ORDER | SATURDAY | {guard: "1"}), 400, "invalid_request", guard)


@pytest.mark.parametrize("day", ["2026-11-28", "2026-11-12", "2100-01-01"])
def test_a_day_without_a_rate_is_not_converted_at_another_price(client: Client, day: str) -> None:
    assert_problem(post(client, ORDER | {"date": day}), 404, "no_reference_rate")
