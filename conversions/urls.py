"""Route the conversion endpoints, each with and without a trailing slash."""

from django.urls import re_path

from conversions import api

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
urlpatterns = [
    re_path(r"^convert/?$", api.Convert.as_view(), name="convert"),
    re_path(rf"^conversions/(?P<receipt_id>{_ID})/?$", api.ReceiptDetail.as_view(), name="conversion"),
]
