"""Route the provider endpoints."""

from django.urls import path

from providers import api

urlpatterns = [
    path("providers", api.ProviderList.as_view(), name="providers"),
    path("providers/<slug:key>", api.ProviderDetail.as_view(), name="provider"),
    path("providers/<slug:key>/polls", api.ProviderPolls.as_view(), name="provider-polls"),
]
