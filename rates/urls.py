"""Route the rate endpoints."""

from django.urls import path

from rates import api, api_daily, api_history, api_matrix, api_stats, api_stored

urlpatterns = [
    path("rates", api.RateList.as_view(), name="rates"),
    path("rates/id/<str:rate_id>", api_stored.RateStored.as_view(), name="stored-rate"),
    path("rates/<str:base>/<str:quote>", api.RateDetail.as_view(), name="rate"),
    path("rates/summary", api_stats.Summary.as_view(), name="summary"),
    path("rates/<str:base>/<str:quote>/stats", api_stats.Stats.as_view(), name="stats"),
    path("rates/<str:base>/<str:quote>/history", api_history.History.as_view(), name="history"),
    path("rates/<str:base>/<str:quote>/on/<str:date>", api_daily.OnDate.as_view(), name="on_date"),
    path("rates/<str:base>/<str:quote>/daily", api_daily.Daily.as_view(), name="daily"),
    path("matrix", api_matrix.MatrixTable.as_view(), name="matrix"),
    path("pairs", api.PairList.as_view(), name="pairs"),
    path("currencies", api.CurrencyList.as_view(), name="currencies"),
    path("currencies/<str:code>", api.CurrencyDetail.as_view(), name="currency"),
]
