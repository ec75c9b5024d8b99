"""Register the stream with Django."""

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """Configure the stream; it owns no tables."""

    name = "streaming"
    verbose_name = "Rate stream"
