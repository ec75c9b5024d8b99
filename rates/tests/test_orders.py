"""What staff may order, and that it holds where nothing is published too."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from providers.services import keep
from rates.forms import OverrideForm, PairForm
from rates.models import Override, Pair
from rates.ondemand import _remember, current_price
from rates.orders import fingerprint, is_ordered_anew
from rates.serializers import to_wire
from rates.tests.scene import provider, publish_all, said, set_up

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def form(**changed: Any) -> OverrideForm:
    end = timezone.now() + HOUR
    fields = {"pair": Pair.objects.get(base="EUR").pk, "mid": "1.087", "reason": "both are wrong"}
    return OverrideForm(fields | {"expires_at": f"{end:%Y-%m-%d %H:%M:%S}"} | changed)


@pytest.fixture
def published(db: None) -> None:
    set_up("EUR/USD", "GBP/USD")
    provider()
    publish_all("fixer")


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, set()),
        ({"bid": "1.08", "ask": "1.09"}, set()),
        ({"bid": "1.08"}, {"bid"}),
        ({"bid": "1.088", "ask": "1.09"}, {"mid"}),
        ({"mid": "0"}, {"mid"}),
        ({"mid": "-1.087"}, {"mid"}),
        ({"reason": ""}, {"reason"}),
        ({"expires_at": "2020-01-01 00:00:00"}, {"expires_at"}),
        ({"mid": "10.87"}, {"sure"}),
        ({"mid": "0.92"}, {"sure"}),
        ({"mid": "0.92", "sure": "on"}, set()),
    ],
)
def test_an_order_is_checked_before_it_makes_prices(
    published: None, changed: dict[str, str], wrong: set[str]
) -> None:
    assert set(form(**changed).errors) - ({"sure"} - wrong) == wrong


def test_the_database_refuses_an_order_that_is_no_price(published: None) -> None:
    pair, end = Pair.objects.get(base="EUR"), timezone.now() + HOUR
    for sides in ({"mid": 0}, {"mid": 1, "bid": 2, "ask": 3}, {"mid": 1, "bid": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.create(pair=pair, reason="no", expires_at=end, **sides)


def test_direct_is_only_for_pairs_without_the_dollar() -> None:
    set_up("EUR/USD", "EUR/GBP")
    fields = {name: Pair._meta.get_field(name).get_default() for name in PairForm.Meta.fields[2:]}
    asked = fields | {"base": "EUR", "direct": True}
    for quote, wrong in (("USD", {"direct"}), ("GBP", set())):
        pair = Pair.objects.get(quote=quote)
        assert set(PairForm(asked | {"quote": quote}, instance=pair).errors) == wrong


def test_an_order_prices_a_pair_that_nobody_tracks(published: None, empty_cache: None) -> None:
    pair = Pair.objects.create(base_id="GBP", quote_id="JPY", tracked=False)
    now = timezone.now()
    Override.objects.create(pair=pair, mid=Decimal(190), reason="by order", expires_at=now + HOUR)
    found = current_price("JPY", "GBP", now, inputs=True)
    assert (found.price.inverse().mid, found.price.method, found.known) == (Decimal(190), "manual", True)
    assert [(each["symbol"], each["provider"], each["used"]) for each in found.inputs][:1] == [
        ("GBP/JPY", "staff", True)
    ]


def test_an_order_goes_before_a_price_that_is_remembered_and_ends_with_it(
    published: None, empty_cache: None
) -> None:
    pair = Pair.objects.create(base_id="GBP", quote_id="JPY", tracked=False)
    now = timezone.now()
    keep(said(at=now, JPY="150", GBP="0.8"), now)
    remembered = current_price("GBP", "JPY", now).price
    _remember("GBP", "JPY", {"price": to_wire(remembered), "inputs": []}, 60)
    ordered = Override.objects.create(pair=pair, mid=190, reason="by order", expires_at=now + HOUR)
    assert current_price("GBP", "JPY", now).price.mid == 190
    ordered.delete()
    assert current_price("GBP", "JPY", now).price == remembered


def test_what_is_new_of_an_order_is_told_from_what_is_published_again(published: None) -> None:
    now = timezone.now()
    before = fingerprint(now)
    kept = Override.objects.create(pair=Pair.objects.all()[0], mid=1, reason="", expires_at=now + HOUR)
    ordered, renewed = fingerprint(now), fingerprint(now + timedelta(seconds=5))
    assert is_ordered_anew(before, ordered)
    assert not is_ordered_anew(ordered, renewed)
    assert is_ordered_anew(renewed, fingerprint(now + HOUR))
    kept.delete()
    assert not is_ordered_anew("", ordered)
    assert not is_ordered_anew("0" * 64, ordered)
    assert len(renewed) <= 64


def test_every_order_and_every_end_of_one_changes_the_fingerprint(published: None) -> None:
    now = timezone.now()
    seen = [fingerprint(now)]
    Pair.objects.update(max_jump_pct=5)
    seen.append(fingerprint(now))
    kept = Override.objects.create(pair=Pair.objects.all()[0], mid=1, reason="", expires_at=now + HOUR)
    seen += [fingerprint(now), fingerprint(now + timedelta(seconds=5))]
    assert len(set(seen)) == 4
    assert fingerprint(now + HOUR) == seen[1]
    kept.delete()
    assert fingerprint(now) == fingerprint(now + timedelta(seconds=5)) == seen[1]
