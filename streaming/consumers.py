"""Take in WebSocket connections and hand them to the protocol; only who may come in is decided here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from streaming import frames
from streaming.audience import Audience
from streaming.connection import Connection
from streaming.session import Session

NOT_AUTHENTICATED, NOT_ALLOWED = 4401, 4403


class RatesConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """Serve `/api/v1/ws/rates`. It is no member of the channel layer: the hub of its process is."""

    channel_layer_alias = None

    def __init__(self, audience: Audience) -> None:
        """Bring clients to the audience of this process."""
        self._audience = audience
        self._session: Session | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection, and forget it however it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._session is not None:
                self._session.end()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler at once: Channels would first visit a thread to close database connections."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        """Accept always, so that whoever is turned away is told why."""
        offered = frames.SUBPROTOCOL in self.scope["subprotocols"]
        await self.send({"type": "websocket.accept", "subprotocol": frames.SUBPROTOCOL if offered else None})
        connection = Connection(self.send, self._audience.catch_up)
        if not origin_allowed(self.scope["headers"]):
            connection.close(NOT_ALLOWED, "this origin is not allowed")
        elif not may_read(self.scope):
            connection.close(NOT_AUTHENTICATED, "not authenticated")
        else:
            self._session = Session(self._audience, connection)
            await self._session.open(self.scope["query_string"])

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Pass a frame on; the next one is read when this one is answered."""
        if self._session is not None:
            await self._session.take(message.get("text"))

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """End the connection."""
        raise StopConsumer


def origin_allowed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Check a browser's `Origin` against ALLOWED_HOSTS; programs send none and may come in."""
    return all(_is_ours(header.decode("latin-1")) for name, header in headers if name == b"origin")


def may_read(scope: dict[str, Any]) -> bool:
    """Let everyone read where reading is public, else whoever has a session."""
    user = scope.get("user")
    return settings.FX_PUBLIC_READ or (user is not None and user.is_authenticated)


def _is_ours(origin: str) -> bool:
    domain, _port = split_domain_port(urlsplit(origin).netloc)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
