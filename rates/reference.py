"""Keep daily reference rates, however many at once, and find the one that stands for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from providers.adapters.base import Basis, Tick
from providers.fields import RATE_DECIMALS, RATE_DIGITS, fits
from rates.currencies import CURRENCIES
from rates.errors import WrongEnvironment
from rates.models import ReferenceRate, RunCounter

# Two loads of one source follow one another; the lock ends with the transaction, however that ends.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('reference rates'), hashtext(%s))"
# Without statistics the planner takes both sides for small, and would compare each with each.
_STAGE = """
SET LOCAL enable_nestloop = off;
CREATE TEMPORARY TABLE stated (date date, base text, quote text, rate numeric(50, 30))
"""
# A day may have begun somewhere else already.
_AHEAD = timedelta(days=1)
_COPY = "COPY stated (date, base, quote, rate) FROM STDIN"
# What is known is compared by value, so that loading the same file again stores nothing. A correction is
# known later than what it corrects, whatever our clock says.
_STORE = """
WITH known AS (
    SELECT DISTINCT ON (base, quote, date) base, quote, date, rate, known_at FROM rates_referencerate
    WHERE source = %(source)s AND date BETWEEN %(first)s AND %(last)s
    ORDER BY base, quote, date, known_at DESC
), stored AS (
    INSERT INTO rates_referencerate (source, date, base, quote, rate, known_at)
    SELECT %(source)s, date, base, quote, stated.rate,
        GREATEST(%(known_at)s, known.known_at + interval '1 microsecond')
    FROM stated LEFT JOIN known USING (base, quote, date)
    WHERE known.rate IS DISTINCT FROM stated.rate
    RETURNING base, quote, date
)
SELECT count(*), count(known.rate) FROM stored LEFT JOIN known USING (base, quote, date)
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rates were new, how many corrected a known one, how many were known, how many refused."""

    new: int = 0
    corrected: int = 0
    known: int = 0
    refused: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.new + other.new,
            self.corrected + other.corrected,
            self.known + other.known,
            self.refused + other.refused,
        )


def store(source: str, ticks: Sequence[Tick], known_at: datetime) -> Stored:
    """Store what is new or corrected among the fixings of a source; the same ones again change nothing.

    All of them or none. Raises: WrongEnvironment.
    """
    fit = [tick for tick in ticks if _is_fit(tick, known_at + _AHEAD)]
    rows = {(tick.as_of.date(), tick.base, tick.quote): tick.mid for tick in fit}
    if not rows:
        return Stored(refused=len(ticks))
    with transaction.atomic():
        _check_environment()
        new, corrected = _write(source, rows, known_at)
    return Stored(new, corrected, len(rows) - new - corrected, len(ticks) - len(fit))


def remember(source: str, ticks: Sequence[Tick], now: datetime) -> Stored:
    """Store the fixings among what a daily source says; what states no day of its own is none.

    Raises: WrongEnvironment.
    """
    return store(source, [tick for tick in ticks if tick.as_of_basis is not Basis.RECEIVED], now)


def observation(
    source: str, base: str, quote: str, on: date, known_by: datetime | None = None
) -> ReferenceRate | None:
    """Find what a source fixed for a pair on a day, or on the last day before it with a fixing.

    None where there is none within 14 days. With `known_by`, as it was known at that moment.
    """
    found = ReferenceRate.objects.stated(source, base, quote).observed(on)
    return (found.known_by(known_by) if known_by else found).first()


def days_known(source: str, first: date) -> set[date]:
    """Name the days since one that have a fixing of a source."""
    days = ReferenceRate.objects.filter(source=source, date__gte=first).values_list("date", flat=True)
    return set(days.distinct())


def _is_fit(tick: Tick, latest: datetime) -> bool:
    """Say whether a tick can be kept: two currencies, a number that fits its column, no day to come."""
    known = tick.base in CURRENCIES and tick.quote in CURRENCIES
    return known and fits(tick.mid, RATE_DIGITS, RATE_DECIMALS) and tick.mid > 0 and tick.as_of <= latest


def _write(source: str, rows: Mapping[tuple[date, str, str], Decimal], known_at: datetime) -> tuple[int, int]:
    """Compare and insert in one statement; count what is new and what corrects."""
    days = {day for day, _, _ in rows}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [source])
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            # In COPY's text form; nothing in a date, a code or a number needs escaping.
            copy.write("".join("{}\t{}\t{}\t{}\n".format(*key, mid) for key, mid in rows.items()))
        span = {"first": min(days), "last": max(days), "known_at": known_at}
        cursor.execute(_STORE, {"source": source, **span})
        (stored, corrected) = cursor.fetchone()
        cursor.execute("DROP TABLE stated")
    return stored - corrected, corrected


def _check_environment() -> None:
    """See that simulated rates do not come among real ones. Raises: WrongEnvironment."""
    held = RunCounter.objects.values_list("environment", flat=True).first()
    if held not in (None, settings.FX_ENVIRONMENT):
        raise WrongEnvironment(held, settings.FX_ENVIRONMENT)


def batches(ticks: Sequence[Tick], size: int) -> Iterable[Sequence[Tick]]:
    """Cut ticks into batches, each to be stored for good before the next."""
    return (ticks[start : start + size] for start in range(0, len(ticks), size))
