"""Serve the page's shell; prices reach it through the API and the stream."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

MODULES = sorted(
    path.name
    for path in (Path(__file__).parent / "static" / "streaming").glob("*.js")
    if path.name != "early.js"  # a classic script, which the page loads by itself
)


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Render the page without any price; the demo mark stands before the first script runs."""
    shell = {"is_demo": settings.FX_DEMO, "modules": MODULES, "skeletons": range(18)}
    return render(request, "dashboard.html", shell)
