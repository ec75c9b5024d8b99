"""Take in WebSocket connections and hand them to the protocol; only who may come in is decided here."""

from __future__ import annotations

from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import Error as DatabaseError

from streaming import frames
from streaming.access import may_read, origin_allowed
from streaming.audience import Audience
from streaming.connection import Connection
from streaming.session import Session

NOT_AUTHENTICATED, NOT_ALLOWED, TRY_AGAIN = 4401, 4403, 1012


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
        connection = Connection(self.base_send, self._audience.catch_up)
        if refusal := await self._refusal():
            connection.close(*refusal)
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

    async def _refusal(self) -> tuple[int, str] | None:
        """Say with which code and reason to turn a client away. None lets it in."""
        if not origin_allowed(self.scope):
            return NOT_ALLOWED, "this origin is not allowed"
        try:
            return None if await may_read(self.scope) else (NOT_AUTHENTICATED, "not authenticated")
        except DatabaseError:
            return TRY_AGAIN, "sessions cannot be read now"
