"""Register the app."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """The lowest floor of the house."""

    name = "providers"
