"""Register the app."""

from django.apps import AppConfig


class FxengineConfig(AppConfig):
    """The roof of the house."""

    name = "fxengine"
