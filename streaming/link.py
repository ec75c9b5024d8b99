"""Keep this process' one membership of the channel layer alive, and know when it is not.

A subscription can die without a word: the layer then waits for ever. So the link sends a beat to its own
group every second; one that does not come back within the next second means that the link is deaf, and it
starts afresh.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from redis import RedisError

from streaming.broadcast import GROUP

BEAT_S = 1.0
GRACE_S = 0.25
RETRY_S = 0.25

_log = structlog.get_logger(__name__)


class Deaf(OSError):
    """Say that a beat did not come back."""


class Link:
    """Pass on what the group hears, for as long as the process lives."""

    def __init__(self, hear: Callable[[dict[str, Any]], None], joined: Callable[[], None]) -> None:
        """Call `hear` with each message, and `joined` each time the group is proven to be heard again."""
        self._hear = hear
        self._joined = joined
        self._id = uuid.uuid4().hex
        self._layer: Any = None
        self._sent = self._heard = 0
        self.up = False

    async def run(self) -> None:
        """Join the group, and again whenever the membership is lost."""
        # One layer for good: each new one would wrap the loop's `close` once more.
        self._layer = self._layer or channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        while True:
            try:
                await self._listen()
            except* (RedisError, OSError) as group:
                self._note_loss(group)
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        try:
            channel = await self._layer.new_channel()
            await self._layer.group_add(GROUP, channel)
            self._sent = self._heard
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(channel))
                tasks.create_task(self._beat())
        finally:
            with suppress(RedisError, OSError):  # connections may be past closing politely
                await self._layer.flush()

    async def _receive(self, channel: str) -> None:
        while True:
            message = await self._layer.receive(channel)
            if message["type"] != "beat":
                self._hear(message)
            elif message["link"] == self._id:
                self._note_beat(message["beat"])

    async def _beat(self) -> None:
        while True:
            self._sent += 1
            async with asyncio.timeout(BEAT_S):
                await self._layer.group_send(GROUP, {"type": "beat", "link": self._id, "beat": self._sent})
            await asyncio.sleep(BEAT_S)
            if self._heard < self._sent:
                await asyncio.sleep(GRACE_S)  # it may be here, behind a busy loop
            if self._heard < self._sent:
                raise Deaf("a beat did not come back")

    def _note_beat(self, beat: int) -> None:
        self._heard = beat
        if not self.up:
            self.up = True
            _log.info("stream_link_up")
            self._joined()

    def _note_loss(self, error: BaseException) -> None:
        if self.up:
            self.up = False
            _log.warning("stream_link_lost", reason=_reason(error))


def _reason(error: BaseException) -> str:
    """Name the first cause inside an exception group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".rstrip(": ")
