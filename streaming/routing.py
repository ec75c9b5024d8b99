"""Route the stream's WebSocket path."""

from django.urls import path

from streaming.consumers import RatesConsumer
from streaming.hub import hub

websocket_urlpatterns = [
    path("api/v1/ws/rates", RatesConsumer.as_asgi(audience=hub.audience)),
]
