"""Find by which fixings a source leads from one currency to another within some days.

Most sources state everything against one currency, their hub, but not always the same: new money takes the
place of old, and a country joins the euro. So only what is stated within the days asked about counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import product

from django.db import connection

# The pairs of a source are few and its rates are many: the index is asked for one pair after the other.
_STATED = """
WITH RECURSIVE stated AS (
    (SELECT base, quote FROM rates_referencerate WHERE source = %(source)s ORDER BY base, quote LIMIT 1)
    UNION ALL
    SELECT following.base, following.quote FROM stated CROSS JOIN LATERAL (
        SELECT base, quote FROM rates_referencerate
        WHERE source = %(source)s AND (base, quote) > (stated.base, stated.quote)
        ORDER BY base, quote LIMIT 1
    ) AS following
)
SELECT base, quote FROM stated
WHERE (base = ANY(%(codes)s) OR quote = ANY(%(codes)s)) AND EXISTS (
    SELECT FROM rates_referencerate AS fixed
    WHERE fixed.source = %(source)s AND fixed.base = stated.base AND fixed.quote = stated.quote
        AND fixed.date BETWEEN %(first)s AND %(last)s
        AND fixed.known_at <= COALESCE(%(known_by)s, 'infinity'::timestamptz)
)
"""


@dataclass(frozen=True, slots=True)
class Leg:
    """A pair as its source states it, and whether a rate is divided by it."""

    base: str
    quote: str
    divides: bool

    @property
    def symbol(self) -> str:
        """Write the pair as `EUR/USD`."""
        return f"{self.base}/{self.quote}"


Route = tuple[Leg, ...]


def routes(
    source: str, base: str, quote: str, first: date, last: date, *, known_by: datetime | None
) -> tuple[Route, ...]:
    """Find the ways from base to quote within some days: the direction asked, the other one, then hubs.

    Hubs are in the order of their codes, so that a day has one rate, whatever days it is asked for with.
    """
    codes = [base, quote]
    days = {"first": first, "last": last, "known_by": known_by}
    with connection.cursor() as cursor:
        cursor.execute(_STATED, {"source": source, "codes": codes, **days})
        stated = set(cursor.fetchall())
    hubs = sorted({code for pair in stated for code in pair} - {*codes})
    crossed = [way for hub in hubs for way in product(_legs(base, hub, stated), _legs(hub, quote, stated))]
    return (*((leg,) for leg in _legs(base, quote, stated)), *crossed)


def _legs(base: str, quote: str, stated: set[tuple[str, str]]) -> list[Leg]:
    """List how a pair is stated: as it is wanted, and the other way round."""
    both = Leg(base, quote, divides=False), Leg(quote, base, divides=True)
    return [leg for leg in both if (leg.base, leg.quote) in stated]
