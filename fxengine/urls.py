"""Route every path of the house."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from fxengine import exceptions, health, openapi  # noqa: F401  (openapi registers its extension)
from fxengine.api import Root
from streaming.views import dashboard

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("favicon.ico", RedirectView.as_view(url=static("streaming/favicon.svg"))),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1", Root.as_view(), name="root"),
    path("api/v1/health", health.Health.as_view(), name="health"),
    path("api/v1/", include("rates.urls")),
    path("api/v1/", include("providers.urls")),
    path("api/v1/", include("conversions.urls")),
]
handler400 = exceptions.bad_request
handler404 = exceptions.not_found
handler500 = exceptions.server_error
