"""Route the rate endpoints, each with and without a trailing slash."""

from django.urls import re_path

from rates import api

_CODE = r"[^/]+"
urlpatterns = [
    re_path(r"^rates/?$", api.RateList.as_view(), name="rates"),
    re_path(rf"^rates/(?P<base>{_CODE})/(?P<quote>{_CODE})/?$", api.RateDetail.as_view(), name="rate"),
    re_path(r"^pairs/?$", api.PairList.as_view(), name="pairs"),
    re_path(r"^currencies/?$", api.CurrencyList.as_view(), name="currencies"),
    re_path(rf"^currencies/(?P<code>{_CODE})/?$", api.CurrencyDetail.as_view(), name="currency"),
]
