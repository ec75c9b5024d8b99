"""Speak the stream's protocol with one client: what it may say, what it is answered, when it has to go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import parse_qs

from rates.errors import ApiError
from rates.pairs import parse_pair
from streaming import frames
from streaming.audience import Audience
from streaming.connection import Connection, text_message
from streaming.frames import Command, Fault, ReqId
from streaming.interest import Interest

MAX_FAULTS = 10
BAD_CLIENT, TOO_MANY = 4400, 4429

Refusal = dict[str, str]


def pairs_of(query: bytes) -> list[str]:
    """Read `?pairs=EUR/USD,GBP-USD` from a query string; none means every tracked pair."""
    texts = parse_qs(query.decode("ascii", "replace")).get("pairs", [])
    return [pair.strip() for text in texts for pair in text.split(",") if pair.strip()]


def resolve(pairs: Iterable[str], known: Collection[str], refusal: str) -> tuple[list[str], list[Refusal]]:
    """Split what was asked for into known names, each once, and refusals with a reason."""
    names: dict[str, None] = {}
    rejected = []
    for pair in pairs:
        try:
            name = "/".join(parse_pair(pair))
        except ApiError as error:
            rejected.append(frames.rejection(pair, "invalid_pair", error.detail))
            continue
        if name in known:
            names[name] = None
        else:
            rejected.append(frames.rejection(pair, refusal, f"{name} is {refusal.replace('_', ' ')}."))
    return list(names), rejected


class Session:
    """Hold one client's side of the protocol: its commands in the last second, and its mistakes."""

    def __init__(self, audience: Audience, connection: Connection) -> None:
        """Speak with `connection` about what `audience` knows."""
        self._audience = audience
        self._connection = connection
        self._faults = 0
        self._recent: deque[float] = deque(maxlen=frames.MAX_COMMANDS_PER_S)
        self._answers = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "list": self._list,
            "ping": self._ping,
        }

    async def open(self, query: bytes) -> None:
        """Greet the client and subscribe it to what its URL asks for."""
        board = self._audience.board
        now = self._audience.now()
        await self._say(frames.welcome(board.stream, board.seq, now, self._audience.environment))
        pairs = pairs_of(query)
        try:
            frames.check_count(pairs)
        except Fault as fault:
            self._audience.place(self._connection, Interest())
            await self._refuse(fault)
            return
        names, rejected = resolve(pairs, self._audience.offered, "not_tracked")
        interest = Interest(asked=frozenset(names)) if pairs else Interest(everything=True)
        await self._acknowledge(None, self._audience.names(interest), rejected)
        await self._join(interest, self._audience.names(interest))

    async def take(self, text: str | None) -> None:
        """Do what a client's frame says, or say what is wrong with it; None stands for a binary frame."""
        try:
            self._count()
            if text is None:
                raise Fault("invalid_json", "A frame must be JSON text.")
            command = frames.read(text)
        except Fault as fault:
            await self._refuse(fault)
        else:
            await self._answers[command.type](command)

    def end(self) -> None:
        """Forget the client."""
        self._audience.leave(self._connection)
        self._connection.abandon()

    def _count(self) -> None:
        """Refuse the command that is one too many within a second."""
        now = asyncio.get_running_loop().time()
        full = len(self._recent) == frames.MAX_COMMANDS_PER_S and now - self._recent[0] < 1
        if full:
            raise Fault("too_many_commands", f"{frames.MAX_COMMANDS_PER_S} commands a second are allowed.")
        self._recent.append(now)

    async def _refuse(self, fault: Fault) -> None:
        self._faults += 1
        await self._say(frames.error(fault))
        if self._faults >= MAX_FAULTS:
            code = TOO_MANY if fault.code == "too_many_commands" else BAD_CLIENT
            self._connection.close(code, fault.code)

    async def _subscribe(self, command: Command) -> None:
        names, rejected = resolve(command.pairs, self._audience.offered, "not_tracked")
        interest = self._audience.interest(self._connection).add(names)
        await self._acknowledge(command.req_id, names, rejected)
        if names:
            await self._join(interest, sorted(names))

    async def _acknowledge(self, req_id: ReqId, names: Sequence[str], rejected: Sequence[Refusal]) -> None:
        await self._say(frames.acknowledged("subscribed", req_id, names, rejected))

    async def _join(self, interest: Interest, names: Sequence[str]) -> None:
        """Want more and be shown it in one step, so that no run falls in between."""
        await self._connection.turn()
        self._audience.flush()
        self._audience.place(self._connection, interest)
        self._audience.show(self._connection, names)

    async def _unsubscribe(self, command: Command) -> None:
        interest = self._audience.interest(self._connection)
        names, rejected = resolve(command.pairs, self._audience.names(interest), "not_subscribed")
        self._audience.place(self._connection, interest.drop(names))
        await self._say(frames.acknowledged("unsubscribed", command.req_id, names, rejected))

    async def _list(self, command: Command) -> None:
        names = self._audience.names(self._audience.interest(self._connection))
        await self._say(frames.acknowledged("subscribed", command.req_id, names))

    async def _ping(self, command: Command) -> None:
        await self._say(frames.pong(command.req_id, self._audience.now()))

    async def _say(self, text: str) -> None:
        await self._connection.turn()
        self._connection.write(text_message(text))
