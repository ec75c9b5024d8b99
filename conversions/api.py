"""Serve conversions: calculated, kept as receipts, and read again."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from conversions import idempotency, schema, services
from conversions.idempotency import Answer
from conversions.models import Receipt
from conversions.orders import CALCULATED, STORED, Order, read_order
from conversions.serializers import conversion_object, receipt_object
from rates.errors import ApiError
from rates.etag import tagged
from rates.query import parameters


class Convert(APIView):
    """A conversion at the current price."""

    @extend_schema(**schema.CALCULATE)
    def get(self, request: Request) -> Response:
        """Calculate a conversion; nothing is stored."""
        asked = parameters(request, set(CALCULATED))
        order = read_order({name: asked[name] for name in CALCULATED & asked.keys()}, CALCULATED)
        return tagged(request, conversion_object(services.convert(order=order, now=timezone.now())))

    @extend_schema(**schema.STORE)
    def post(self, request: Request) -> Response:
        """Convert and keep the receipt."""
        parameters(request, set())
        order = read_order(request.data, STORED)
        answer = _answer(request, order)
        headers = {"Location": reverse("conversion", [answer.body["id"]], request=request)}
        replayed = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        return Response(answer.body, status=answer.status, headers=headers | replayed)


class ReceiptDetail(APIView):
    """A receipt."""

    @extend_schema(**schema.RECEIPT)
    def get(self, request: Request, receipt_id: str) -> Response:
        """Show a receipt to who made it; an anonymous one to whoever knows its id."""
        parameters(request, set())
        receipt = Receipt.objects.readable_by(_owner(request)).filter(pk=receipt_id).first()
        if receipt is None:
            raise ApiError("not_found", 404, "There is no such receipt of yours.")
        return tagged(request, receipt_object(receipt))


def _answer(request: Request, order: Order) -> Answer:
    """Convert and store, once for all requests under one idempotency key."""
    owner, now = _owner(request), timezone.now()

    def commit(receipt: Receipt) -> tuple[int, dict[str, Any]]:
        return 201, receipt_object(services.store(receipt=receipt, owner=owner, now=timezone.now()))

    key = request.headers.get(idempotency.HEADER)
    if key is None:
        return Answer(*commit(services.convert(order=order, now=now)))
    claim = idempotency.claim(owner, key, request.data)
    return idempotency.once(claim, now, prepare=lambda: services.convert(order=order, now=now), commit=commit)


def _owner(request: Request) -> str:
    """Name who asks, as receipts and keys remember it; empty for an anonymous caller."""
    return f"user:{request.user.pk}" if request.user.is_authenticated else ""
