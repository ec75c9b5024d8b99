"""Register the app."""

from django.apps import AppConfig


class RatesConfig(AppConfig):
    """The floor that everything priced stands on."""

    name = "rates"
