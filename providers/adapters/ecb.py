"""The European Central Bank's euro reference rates: once per TARGET day, keyless."""

from datetime import date, datetime, timedelta

from providers.adapters.base import Adapter, Ask, Body, Category, ProviderError, Request, Tick

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class Source(Adapter):
    """Read `eurofxref-daily.xml`: units per one euro, with a date and no time.

    Source: https://www.ecb.europa.eu/stats/eurofxref/
    """

    name = "European Central Bank"
    home = "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/"
    base_url = "https://www.ecb.europa.eu/stats/eurofxref/"
    keyless = True
    daily = True
    min_interval = timedelta(minutes=5)

    def request(self, ask: Ask) -> Request:
        """Ask for the newest day; the file always holds every currency."""
        return Request("eurofxref-daily.xml")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Read the one dated cube; an envelope without one is no answer."""
        if body.status >= 400:
            raise ProviderError(Category.UNAVAILABLE, f"HTTP {body.status}")
        day = body.xml().find(f".//{_CUBE}[@time]")
        if day is None:
            raise ProviderError(Category.BAD_BODY, "no dated rates in the envelope")
        try:
            stated = date.fromisoformat(day.attrib["time"])
        except ValueError as error:
            raise ProviderError(Category.BAD_BODY, "the date cannot be read") from error
        mids = {cube.attrib.get("currency", ""): cube.attrib.get("rate") for cube in day.iter(_CUBE)}
        return [tick for tick in self.ticks("EUR", mids, received_at, stated) if tick.quote]
