"""Record pricing runs in the database and publish them, in that order or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from rates.models import Pair
from rates.price import Price
from rates.services import begin_run, record
from streaming.broadcast import publish
from streaming.tests.builders import price


@dataclass(frozen=True)
class Recorded:
    """A committed run that may be published."""

    stream: str
    seq: int
    prices: list[Price]
    at: datetime

    def publish(self) -> None:
        """Tell every process of it."""
        publish(self.stream, self.seq, self.prices, self.at)


def commit(mids: Mapping[str, str]) -> Recorded:
    """Record one run of the given mids by symbol."""
    now = timezone.now()
    with transaction.atomic():
        counter = begin_run()
        pairs = {pair.symbol: pair for pair in Pair.objects.tracked()}
        priced = [(pairs[symbol], price(symbol, mid, None, as_of=now)) for symbol, mid in mids.items()]
        prices = record(priced, counter, now)
    return Recorded(str(counter.stream), counter.seq, prices, now)


def run(**mids: str) -> int:
    """Record and publish one run of mids by `EURUSD`-like names; return its seq."""
    recorded = commit({f"{name[:3]}/{name[3:]}": mid for name, mid in mids.items()})
    recorded.publish()
    return recorded.seq
