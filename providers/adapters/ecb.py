"""The European Central Bank's euro reference rates: once per TARGET day, keyless."""

from datetime import datetime, timedelta

from providers.adapters.base import Adapter, Ask, Body, Category, Request, Tick, day

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
# Without keys and plans, a refusal is the content network's and passes.
_CATEGORIES = {404: Category.UNSUPPORTED, 429: Category.QUOTA}


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
        if body.failed:
            raise body.failure(category=_CATEGORIES.get(body.status, Category.UNAVAILABLE))
        dated = body.xml().find(f".//{_CUBE}[@time]")
        if dated is None:
            raise body.failure("no dated rates in the envelope")
        mids = {cube.get("currency", ""): cube.get("rate") for cube in dated.findall(_CUBE)}
        return self.ticks("EUR", mids, received_at, day(dated.get("time")))
