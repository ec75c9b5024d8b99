"""Keep the little that the demo market remembers: whether it moves, and each vendor's desk."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from demo.faults import Desk
from demo.feed import Feed
from demo.history import History
from demo.levels import EcbFile, load_listings
from demo.past import Past
from demo.vendors import Moment, Vendor
from demo.vendors.ecb import Ecb
from demo.vendors.fixer import Fixer
from demo.vendors.freecurrencyapi import FreeCurrencyApi
from demo.vendors.openexchangerates import OpenExchangeRates
from demo.wire import Json, Num

Clock = Callable[[], float]


@dataclass(slots=True)
class Exchange:
    """Run the market: the levels follow the clock unless frozen or closed; vendors' clocks never stop."""

    feed: Feed
    history: History
    desks: Mapping[str, Desk]
    clock: Clock
    frozen: bool = False
    open: bool = True
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped_at: int | None = None

    def moment(self, desk: Desk | None = None) -> Moment:
        """Return the present, for one vendor or in general."""
        now = int(self.clock())
        slot = now if self._stopped_at is None else self._stopped_at
        return Moment(now, slot, desk.requests if desk else 0)

    def turn(self, *, frozen: bool | None = None, is_open: bool | None = None) -> None:
        """Freeze or thaw the levels, open or close the market; None leaves a switch as it is."""
        self.frozen = self.frozen if frozen is None else frozen
        self.open = self.open if is_open is None else is_open
        moving = self.open and not self.frozen
        self._stopped_at = None if moving else self.moment().slot

    def status(self) -> Mapping[str, Json]:
        """Return everything that can be switched, and what has been asked."""
        moment = self.moment()
        return {
            "seed": self.feed.seed,
            "frozen": self.frozen,
            "open": self.open,
            "now": moment.now,
            "slot": moment.slot,
            "currencies": len(self.feed.listings),
            "simulated_from": self.history.simulated_from.isoformat(),
            "vendors": {key: _desk_status(desk) for key, desk in self.desks.items()},
        }


def build_exchange(seed: int, ecb: EcbFile, clock: Clock) -> Exchange:
    """Set the market up on the ECB's figures."""
    feed = Feed(seed, load_listings(ecb))
    history = History(ecb, feed)
    past = Past(feed, history)
    vendors: list[Vendor] = [Ecb(history), Fixer(past), OpenExchangeRates(past), FreeCurrencyApi(past)]
    return Exchange(feed, history, {vendor.key: Desk(vendor) for vendor in vendors}, clock)


def _desk_status(desk: Desk) -> Json:
    seconds = None if desk.fault.seconds is None else Num(desk.fault.seconds)
    return {"fault": desk.fault.kind.value, "seconds": seconds, "requests": desk.requests}
