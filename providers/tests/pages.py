"""Reach the admin pages of the sources, fill their form, and read what they answer."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from providers.models import Provider

LONG_KEY = "0123456789-abcdef"
FORM = {
    "key": "fixer",
    "name": "Fixer",
    "enabled": "on",
    "interval_seconds": "60",
    "priority": "50",
    "weight": "1",
    "max_age_seconds": "",
    "api_key": "",
    "base_url": "",
    "parameters": "{}",
    "requests_per_month": "",
    "requests_per_minute": "",
    "plan_day": "1",
}


def page(name: str, *args: object) -> str:
    return reverse(f"admin:providers_provider_{name}", args=args)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def save(client: Client, provider: Provider | None = None, **fields: str) -> Any:
    """Send the form of a source, a new one or this one, with these fields changed."""
    form = {name: text for name, text in (FORM | fields).items() if text != "off"}
    return client.post(page("change", provider.pk) if provider else page("add"), form)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "it was saved"
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def polled(key: str = "fixer") -> bool:
    return PeriodicTask.objects.get(name=f"poll {key}").enabled
