"""Hold the conversion endpoints to the contract, through the whole stack."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversions.models import Receipt
from conversions.orders import LIMITS
from conversions.tests.asking import CONVERT, ORDER, assert_problem, post
from conversions.tests.published import publish

pytestmark = pytest.mark.django_db
FIELDS = [
    "id", "from", "to", "amount", "result", "result_unrounded", "rate", "inverse_rate", "side", "rounding",
    "price", "inputs", "environment", "reference", "created_at",
]  # fmt: skip


@pytest.fixture
def staff(client: Client) -> Client:
    """Log a member of staff in."""
    client.force_login(User.objects.create_user("ada", is_staff=True))
    return client


def test_a_conversion_is_answered_with_its_receipt(client: Client) -> None:
    price = publish()
    answer = post(client, ORDER | {"reference": "inv-881"})
    receipt = answer.json()
    assert (answer.status_code, answer.headers["X-Fx-Environment"]) == (201, "demo")
    assert list(receipt) == FIELDS
    assert (receipt["amount"], receipt["result"], receipt["rate"]) == ("1000.00", "1084.36", "1.084361")
    assert (receipt["result_unrounded"], receipt["inverse_rate"]) == ("1084.361", "0.92220210797")
    assert (receipt["price"]["rate_id"], receipt["reference"]) == (str(price.rate_id), "inv-881")
    assert Receipt.objects.get(pk=receipt["id"]).result == Decimal("1084.36")


def test_a_receipt_is_read_again_unchanged_where_the_answer_says(client: Client) -> None:
    publish("USD/JPY", "150.01")
    stored = post(client, {"from": "jpy", "to": "usd", "amount": 12345})
    publish("USD/JPY", "999")
    read = client.get(stored.headers["Location"])
    assert read.status_code == 200
    assert read.json() == stored.json()
    assert UUID(read.json()["id"]).version == 7


def test_a_calculation_stores_nothing_and_can_be_asked_about_again(client: Client) -> None:
    publish()
    answer = client.get(CONVERT, ORDER)
    assert answer.status_code == 200
    assert [name for name in FIELDS if name not in answer.json()] == ["id", "reference", "created_at"]
    assert answer.json()["result"] == "1084.36"
    assert not Receipt.objects.exists()
    again = client.get(CONVERT, ORDER, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_calculation_takes_what_a_conversion_takes(client: Client) -> None:
    publish("USD/CHF", "0.8812", bid="0.8811", ask="0.8813")
    asked = {"from": "usd", "to": "chf", "amount": "10", "side": "ask", "rounding": "cash"}
    assert client.get(CONVERT, asked).json()["result"] == "8.80"
    wanted = client.get(CONVERT, {"from": "USD", "to": "CHF", "to_amount": "100", "rounding": "up"}).json()
    assert (wanted["amount"], wanted["result"]) == ("113.49", "100.00")


def test_a_stale_price_is_labelled_and_an_expired_one_refused(client: Client) -> None:
    publish(as_of=timezone.now() - timedelta(seconds=50))
    assert post(client, ORDER).json()["price"]["grade"] == "stale"
    publish(as_of=timezone.now() - timedelta(seconds=200))
    assert client.get(CONVERT, ORDER).json()["price"]["grade"] == "expired"
    refused = post(client, ORDER)
    assert_problem(refused, 503, "no_rate")
    assert refused.headers["Retry-After"] == "5"


def test_a_guard_that_breaks_shows_the_price(client: Client) -> None:
    publish()
    answer = post(client, ORDER | {"min_sources": 9})
    assert_problem(answer, 409, "guard_failed")
    assert answer.json()["found"]["symbol"] == "EUR/USD"
    assert_problem(client.get(CONVERT, ORDER | {"min_sources": "9"}), 409, "guard_failed")


def test_currencies_that_no_source_prices_are_an_outage(client: Client) -> None:
    assert_problem(post(client, ORDER | {"to": "NOK"}), 503, "no_rate")


def test_the_same_request_under_a_key_gets_the_same_answer(staff: Client) -> None:
    publish()
    first = post(staff, ORDER, **{"Idempotency-Key": "order-881"})
    publish(mid="2")
    again = post(staff, dict(reversed(ORDER.items())), **{"Idempotency-Key": "order-881"})
    assert (again.status_code, again.content) == (201, first.content)
    assert (again.headers["Idempotent-Replayed"], again.headers["Location"]) == (
        "true",
        first.headers["Location"],
    )
    assert "Idempotent-Replayed" not in first.headers
    assert Receipt.objects.count() == 1


def test_another_body_under_the_key_is_refused(staff: Client) -> None:
    publish()
    post(staff, ORDER, **{"Idempotency-Key": "order-881"})
    refused = post(staff, ORDER | {"amount": "1000"}, **{"Idempotency-Key": "order-881"})
    assert_problem(refused, 422, "idempotency_key_reused")


def test_a_refused_request_does_not_use_its_key_up(staff: Client) -> None:
    key = {"Idempotency-Key": "order-881"}
    assert_problem(post(staff, ORDER, **key), 503, "no_rate")
    publish()
    assert post(staff, ORDER, **key).status_code == 201


def test_a_key_needs_somebody_who_owns_it(client: Client) -> None:
    publish()
    refused = post(client, ORDER, **{"Idempotency-Key": "order-881"})
    assert_problem(refused, 401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == "Api-Key"
    assert not Receipt.objects.exists()


def test_a_key_that_is_none_is_refused(staff: Client) -> None:
    assert_problem(
        post(staff, ORDER, **{"Idempotency-Key": "x" * 256}), 400, "invalid_request", "Idempotency-Key"
    )


def test_a_receipt_is_shown_to_its_owner_alone(staff: Client) -> None:
    publish()
    owned = post(staff, ORDER).headers["Location"]
    anonymous = post(Client(), ORDER).headers["Location"]
    other = Client()
    other.force_login(User.objects.create_user("bob", is_staff=True))
    assert [client.get(owned).status_code for client in (staff, other, Client())] == [200, 404, 404]
    assert [client.get(anonymous).status_code for client in (staff, other, Client())] == [200, 200, 200]
    assert_problem(other.get(owned), 404, "not_found")


@pytest.mark.parametrize("found", ["00000000-0000-0000-0000-000000000000", "1", "x" * 36, "%00"])
def test_a_receipt_that_is_not_there_is_not_found(client: Client, found: str) -> None:
    assert_problem(client.get(f"/api/v1/conversions/{found}"), 404, "not_found")


def test_a_receipt_cannot_be_changed(staff: Client) -> None:
    publish()
    where = post(staff, ORDER).headers["Location"]
    for method in ("put", "patch", "delete", "post"):
        assert_problem(getattr(staff, method)(where), 405, "method_not_allowed")


def test_where_reading_is_not_public_nobody_unknown_converts(client: Client, settings: Settings) -> None:
    settings.FX_PUBLIC_READ = False
    publish()
    assert_problem(client.get(CONVERT, ORDER), 401, "not_authenticated")
    assert_problem(post(client, ORDER), 401, "not_authenticated")


def test_a_session_needs_its_csrf_token_to_convert() -> None:
    publish()
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, ORDER).status_code == 201
    strict.force_login(User.objects.create_user("ada", is_staff=True))
    assert_problem(post(strict, ORDER), 403, "permission_denied")


def test_a_browser_gets_a_page(client: Client) -> None:
    publish()
    page = client.get(CONVERT, ORDER, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"1084.36" in page.content


def test_both_paths_take_a_trailing_slash(client: Client) -> None:
    publish()
    assert client.get(f"{CONVERT}/", ORDER).status_code == 200
    assert client.get(post(client, ORDER).headers["Location"] + "/").status_code == 200


def test_the_document_describes_every_answer(client: Client) -> None:
    document = client.get("/api/schema", headers={"Accept": "application/json"}).json()
    convert, receipt = document["paths"][CONVERT], document["paths"]["/api/v1/conversions/{receipt_id}"]
    assert set(convert["post"]["responses"]) >= _texts(201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 503)
    assert set(convert["get"]["responses"]) >= _texts(200, 304, 400, 401, 404, 406, 409, 503)
    assert set(receipt["get"]["responses"]) >= {"200", "401", "404"}
    asked = {
        parameter["name"]: parameter.get("required", False) for parameter in convert["get"]["parameters"]
    }
    assert set(asked) == {"from", "to", "amount", "to_amount", "side", "rounding", "date", *LIMITS}
    assert [name for name, needed in asked.items() if needed] == ["from", "to"]
    assert set(convert["post"]["responses"]["201"]["headers"]) >= {"Location", "Idempotent-Replayed"}
    assert "Idempotency-Key" in {parameter["name"] for parameter in convert["post"]["parameters"]}
    shapes = document["components"]["schemas"]
    assert set(shapes["ReceiptShape"]["properties"]) == set(FIELDS)
    assert set(shapes["OrderShape"]["properties"]) == {*asked, "reference"}


def _texts(*statuses: int) -> set[str]:
    return {str(status) for status in statuses}
