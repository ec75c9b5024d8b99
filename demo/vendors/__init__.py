"""The vendors of the demo market, each speaking its own format; no clock, no socket, no state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Protocol

from demo.wire import Answer, Ask, Json

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Moment:
    """Say when a request came: `now` is what the clock says, `slot` the second whose levels are shown.

    Both are unix seconds; they part when the walk stands still. `requests` counts the vendor's so far.
    """

    now: int
    slot: int
    requests: int = 0

    @property
    def today(self) -> date:
        """Return the day in UTC."""
        return datetime.fromtimestamp(self.now, UTC).date()


class Vendor(Protocol):
    """What the server asks of a vendor: its answers, and its own way of refusing."""

    key: ClassVar[str]

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """Answer a request as the vendor would."""
        ...

    def published(self, moment: Moment) -> Mapping[str, Json]:
        """Return the numbers that the vendor publishes now, as text, with their base."""
        ...

    def unauthorised(self) -> Answer:
        """Refuse a wrong key."""
        ...

    def over_quota(self) -> Answer:
        """Refuse for the plan's quota."""
        ...

    def throttled(self) -> Answer:
        """Refuse with 429; the server adds Retry-After."""
        ...

    def garbled(self, honest: Answer) -> Answer:
        """Spoil an answer so that it no longer parses, with status 200."""
        ...


def cut_short(honest: Answer) -> Answer:
    """Return the first half of an answer, as after a broken upload."""
    return Answer(200, honest.body[: len(honest.body) // 2], honest.content_type)


def iso_date(text: str) -> date | None:
    """Read YYYY-MM-DD and no other form; None where it is not a date."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
