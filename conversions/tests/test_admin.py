"""Hold the receipts' pages to showing everything and changing nothing."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conversions.models import Receipt
from conversions.services import convert, store
from conversions.tests.published import publish
from conversions.tests.test_services import order

pytestmark = pytest.mark.django_db
PAGES = "/admin/conversions/receipt/"


@pytest.fixture
def receipt() -> Receipt:
    """Store a receipt of user 7."""
    publish()
    now = timezone.now()
    return store(receipt=convert(order=order(reference="inv-881"), now=now), owner="user:7", now=now)


def test_staff_find_and_open_a_receipt(admin_client: Client, receipt: Receipt) -> None:
    for query in ("", "?q=inv-881", f"?q={receipt.pk}", "?from_code=EUR&rounding=half_even"):
        listed = admin_client.get(f"{PAGES}{query}")
        assert (listed.status_code, str(receipt.pk) in listed.text) == (200, True), query
    assert str(receipt.pk) not in admin_client.get(f"{PAGES}?q=inv-882").text
    page = admin_client.get(f"{PAGES}{receipt.pk}/change/")
    assert page.status_code == 200
    assert receipt.price["rate_id"] in page.text


@pytest.mark.parametrize("path", ["add/", "{pk}/change/", "{pk}/delete/"])
def test_nobody_adds_changes_or_deletes_one(admin_client: Client, receipt: Receipt, path: str) -> None:
    answer = admin_client.post(PAGES + path.format(pk=receipt.pk), {"result": "1", "post": "yes"})
    assert answer.status_code == 403
    assert [kept.result for kept in Receipt.objects.all()] == [receipt.result]


def test_the_list_offers_no_deletion(admin_client: Client, receipt: Receipt) -> None:
    asked = {"action": "delete_selected", "_selected_action": [str(receipt.pk)], "post": "yes"}
    admin_client.post(PAGES, asked)
    assert Receipt.objects.filter(pk=receipt.pk).exists()


def test_who_is_not_staff_sees_nothing(client: Client, receipt: Receipt) -> None:
    client.force_login(User.objects.create_user("eve"))
    assert client.get(f"{PAGES}{receipt.pk}/change/").status_code == 302
