"""Share what central banks have in common: a list a day, dated, of home money per so many units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, ProviderError, Tick, present

# Longer than any stretch of closed days, so that it always holds a list.
_PERIOD = timedelta(days=10)


class Row(NamedTuple):
    """One line of a list: a rate, or a map of bid, ask and mid, of `per` units of the base on a day."""

    base: object
    quote: object
    stated: object
    on: date
    per: object = 1


class Bank(Adapter):
    """Read one dated list, asked without a key; a bank's own file says where its rows are."""

    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read every row of every day."""
        if body.failed:
            raise self.refused(body)
        return present(
            self.tick(row.base, row.quote, row.stated, received_at, row.on, per=row.per)
            for row in self.read(body)
        )

    def read(self, body: Body) -> Iterable[Row]:
        """Find the rows of an answer. Raises: ProviderError."""
        raise NotImplementedError

    def refused(self, body: Body) -> ProviderError:
        """Build the error of a failing status."""
        return refusal(body)


def period(ask: Ask) -> tuple[date, date]:
    """Name the first and last day to ask for: the one wanted, or the last few."""
    return (ask.on, ask.on) if ask.on else (ask.today - _PERIOD, ask.today)


def ungrouped(text: object) -> str:
    """Take the commas out of `1,850.0`, where they set thousands off."""
    return str(text or "").replace(",", "")
