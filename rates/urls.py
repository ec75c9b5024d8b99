"""Route the rate endpoints."""

from django.urls import path

from rates import api, api_stored

urlpatterns = [
    path("rates", api.RateList.as_view(), name="rates"),
    path("rates/id/<str:rate_id>", api_stored.RateStored.as_view(), name="stored-rate"),
    path("rates/<str:base>/<str:quote>", api.RateDetail.as_view(), name="rate"),
    path("pairs", api.PairList.as_view(), name="pairs"),
    path("currencies", api.CurrencyList.as_view(), name="currencies"),
    path("currencies/<str:code>", api.CurrencyDetail.as_view(), name="currency"),
]
