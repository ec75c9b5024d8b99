"""The European Central Bank's euro reference rates: once per TARGET day, keyless."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from providers.adapters._ecb_history import file_of, is_csv, listed, unzipped
from providers.adapters._keyless import refusal
from providers.adapters.base import Adapter, Ask, Body, Request, Tick, day, present

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class Source(Adapter):
    """Read units per one euro, with a date and no time, of a day or of all days since 1999.

    Source: https://www.ecb.europa.eu/stats/eurofxref/
    """

    name = "European Central Bank"
    home = "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/"
    base_url = "https://www.ecb.europa.eu/stats/eurofxref/"
    keyless = daily = historical = True
    min_interval = timedelta(minutes=5)
    body_limit = 20 * 1024 * 1024

    def request(self, ask: Ask) -> Request:
        """Ask for the newest day, or for the smaller file of many days that holds the one wanted."""
        return Request(file_of(ask.on, ask.today))

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read XML of one or many days, csv, or csv in a zip."""
        if body.failed:
            raise refusal(body)
        opened = unzipped(body)
        days = listed(opened) if is_csv(opened) else _cubes(opened)
        return present(self.tick("EUR", quote, rate, received_at, on) for on, quote, rate in days)


def _cubes(body: Body) -> Iterator[tuple[date, str | None, str | None]]:
    """Read the dated cubes; an envelope without one is no answer."""
    for dated in body.xml().iterfind(f".//{_CUBE}[@time]"):
        on = day(dated.get("time"))
        yield from ((on, cube.get("currency"), cube.get("rate")) for cube in dated.iterfind(_CUBE))
