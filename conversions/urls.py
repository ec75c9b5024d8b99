"""Route the conversion endpoints."""

from django.urls import path

from conversions import api

urlpatterns = [
    path("convert", api.Convert.as_view(), name="convert"),
    path("conversions/<uuid:receipt_id>", api.ReceiptDetail.as_view(), name="conversion"),
]
