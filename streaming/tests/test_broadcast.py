"""The one send, through the real layer and without it."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import pytest
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.conf import settings
from structlog.testing import capture_logs

from devstack.engines import Valkey
from streaming.broadcast import GROUP, Publisher, publish, run_message
from streaming.order import Run
from streaming.tests.builders import NOON, price, run


def publisher(url: str) -> Publisher:
    config: dict[str, Any] = settings.CHANNEL_LAYERS[DEFAULT_CHANNEL_LAYER]["CONFIG"]
    return Publisher(config | {"hosts": [config["hosts"][0] | {"address": url}]})


@pytest.mark.asyncio
async def test_a_member_of_the_real_layer_hears_what_is_published() -> None:
    layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    sent = run(7, price("EUR/USD", "1.084361"), price("USD/JPY", "151.203"))
    try:
        await layer.group_send(GROUP, {"type": "ready"})
        async with asyncio.timeout(5):
            assert await layer.receive(channel) == {"type": "ready"}
            await asyncio.to_thread(publish, sent.stream, sent.seq, sent.prices, NOON)
            message = await layer.receive(channel)
    finally:
        await layer.flush()
    assert message == run_message(sent.stream, sent.seq, sent.prices, NOON)
    assert Run.from_message(message) == sent


def test_a_redis_that_is_down_fails_nothing_and_is_logged_once(own_valkey: Valkey) -> None:
    ours = publisher(own_valkey.url)
    with capture_logs() as lines:
        ours.send({"type": "prices"})
        own_valkey.kill()
        ours.send({"type": "prices"})
        ours.send({"type": "prices"})
        own_valkey.start()
        ours.send({"type": "prices"})
    assert [line["event"] for line in lines] == ["publish_failed", "publish_resumed"]


def test_a_restart_between_two_runs_loses_neither(own_valkey: Valkey) -> None:
    ours = publisher(own_valkey.url)
    with capture_logs() as lines:
        ours.send({"type": "prices"})
        own_valkey.restart()
        ours.send({"type": "prices"})
    assert lines == []


def test_a_redis_that_never_answers_holds_a_run_up_for_a_second_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, capture_logs() as lines:
        started = time.monotonic()
        publisher(f"redis://127.0.0.1:{silent.getsockname()[1]}").send({"type": "prices"})
        assert time.monotonic() - started < 2
    assert [line["event"] for line in lines] == ["publish_failed"]
