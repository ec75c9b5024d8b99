"""Register the app."""

from django.apps import AppConfig


class ConversionsConfig(AppConfig):
    """The pillar that turns prices into amounts and receipts."""

    name = "conversions"
