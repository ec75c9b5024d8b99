"""Route the provider endpoints, each with and without a trailing slash."""

from django.urls import re_path

from providers import api

urlpatterns = [
    re_path(r"^providers/?$", api.ProviderList.as_view(), name="providers"),
    re_path(r"^providers/(?P<key>[^/]+)/?$", api.ProviderDetail.as_view(), name="provider"),
]
