"""Keep what the sources said."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection

from providers.adapters.base import Basis, Tick
from providers.fields import RATE_DECIMALS, RATE_DIGITS, fits, plain
from providers.models import NewestTick, Provider, QuarantinedTick
from providers.quarantine import Refused

# One statement: the log, the newest, and which pairs moved. Columns in the order of `_row`. A body may hold
# a pair at several moments: all are logged, and DISTINCT ON leaves the newest of them. Of one moment the log
# keeps what was said first; the newest is what was said last, for a vendor corrects a fixing under its date.
# One from before our clock was set back would be the newest until that time comes again. The whole reads the
# table as it was before: a row of the same time there is the word that the source has taken back.
_KEEP = """
WITH said AS (
    SELECT * FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[],
        %s::timestamptz[], %s::text[], %s::timestamptz[]
    ) AS tick (provider_id, base, quote, bid, ask, mid, as_of, as_of_basis, received_at)
), logged AS (
    INSERT INTO providers_ticklog
        (provider_id, base, quote, bid, ask, mid, as_of, as_of_basis, received_at)
    SELECT * FROM said ON CONFLICT DO NOTHING
), moved AS (
    INSERT INTO providers_newesttick AS known
        (provider_id, base, quote, bid, ask, mid, as_of, as_of_basis, received_at)
    SELECT DISTINCT ON (provider_id, base, quote) * FROM said
    ORDER BY provider_id, base, quote, as_of DESC
    ON CONFLICT (provider_id, base, quote) DO UPDATE SET
        bid = excluded.bid, ask = excluded.ask, mid = excluded.mid, as_of = excluded.as_of,
        as_of_basis = excluded.as_of_basis, received_at = excluded.received_at
    WHERE excluded.as_of > known.as_of
        OR known.as_of > %s
            + make_interval(secs => CASE known.as_of_basis WHEN 'date' THEN %s ELSE %s END)
        OR excluded.as_of = known.as_of AND excluded.received_at > known.received_at
            AND (excluded.bid, excluded.ask, excluded.mid) IS DISTINCT FROM (known.bid, known.ask, known.mid)
    RETURNING provider_id, base, quote, bid, ask, mid, as_of
)
SELECT moved.base, moved.quote, was.provider_id, was.bid, was.ask, was.mid, was.as_of, was.as_of_basis,
    was.received_at
FROM moved LEFT JOIN providers_newesttick AS was
    ON (was.provider_id, was.base, was.quote, was.as_of)
        = (moved.provider_id, moved.base, moved.quote, moved.as_of)
    AND (was.bid, was.ask, was.mid) IS DISTINCT FROM (moved.bid, moved.ask, moved.mid)
"""
_CODE = re.compile("[A-Z]{3}", re.ASCII)
# A clock may go ahead of ours by this much; a day may have begun somewhere else already.
_AHEAD, _DAYS_AHEAD = timedelta(minutes=2), timedelta(days=2)
# As far as the last trade may lie outside of the sides that are quoted now.
_OUTSIDE = Decimal("0.01")
_SHOWN = 5
_log = structlog.get_logger(__name__)


def keep(ticks: Iterable[Tick], now: datetime | None = None) -> set[str]:
    """Log ticks and move the newest ones forward, in one statement; return the currencies that moved.

    A tick that cannot be stored goes to the quarantine with its reason. Rows are taken in one order by every
    caller, so that two of them cannot wait for each other. `now` tells an answer that waited from a clock
    that was set back; None is the moment at which the last of the ticks came.
    """
    fit = {(tick.provider, tick.base, tick.quote, tick.as_of): tick for tick in _fit(ticks)}
    if not fit:
        return set()
    ids = dict(Provider.objects.filter(key__in={key for key, *_ in fit}).values_list("key", "pk"))
    columns = zip(*(_row(ids[tick.provider], tick) for _, tick in sorted(fit.items())), strict=True)
    with connection.cursor() as cursor:
        ahead = [_DAYS_AHEAD.total_seconds(), _AHEAD.total_seconds()]
        asked = now or max(tick.received_at for tick in fit.values())
        cursor.execute(_KEEP, [*(list(column) for column in columns), asked, *ahead])
        moved = cursor.fetchall()
    hold(_restated(moved, {pk: key for key, pk in ids.items()}))
    return {currency for base, quote, *_ in moved for currency in (base, quote)}


def _restated(moved: Iterable[Sequence[Any]], keys: Mapping[int, str]) -> list[Refused]:
    """State what sources said before they said otherwise of the same time; staff see it, nothing heeds it."""
    taken_back = []
    for base, quote, pk, *sides, as_of, basis, received_at in moved:
        if pk is not None:
            bid, ask, mid = (None if side is None else Decimal(plain(side)) for side in sides)
            assert mid is not None
            taken_back.append(Tick(keys[pk], base, quote, mid, as_of, Basis(basis), received_at, bid, ask))
    return [Refused(tick, "restated") for tick in taken_back]


def spoken_of(ticks: Iterable[Tick]) -> set[str]:
    """Name the currencies that ticks are about."""
    return {currency for tick in ticks for currency in (tick.base, tick.quote)}


def newest_ticks(providers: Sequence[Provider], currencies: Set[str] | None = None) -> list[Tick]:
    """Read the newest ticks of these providers: all, or those of these currencies and what links them.

    A currency that a source names once links nothing: of its table of 160 only the wanted ones are read.
    """
    keys = {provider.pk: provider.key for provider in providers}
    rows = list(NewestTick.objects.filter(provider__in=keys))
    if currencies is not None:
        named = Counter((row.provider_id, code) for row in rows for code in (row.base, row.quote))
        rows = [
            row
            for row in rows
            if all(code in currencies or named[row.provider_id, code] > 1 for code in (row.base, row.quote))
        ]
    return [row.as_tick(keys[row.provider_id]) for row in rows]


def forget(providers: Sequence[Provider]) -> None:
    """Forget the newest ticks of these providers; the log keeps them."""
    NewestTick.objects.filter(provider__in=providers).delete()


def _row(provider_id: int, tick: Tick) -> tuple[object, ...]:
    return (
        provider_id,
        tick.base,
        tick.quote,
        tick.bid,
        tick.ask,
        tick.mid,
        tick.as_of,
        tick.as_of_basis.value,
        tick.received_at,
    )


def _fit(ticks: Iterable[Tick]) -> list[Tick]:
    """Leave out what cannot be kept; it goes to the quarantine instead."""
    fit, refused = [], []
    for tick in ticks:
        if reason := refusal(tick):
            refused.append(Refused(tick, reason))
        else:
            fit.append(tick)
    hold(refused)
    return fit


def hold(refused: Sequence[Refused]) -> None:
    """Put refused ticks into the quarantine, with a line in the log per source and reason for what is new."""
    if not refused:
        return
    keys = {each.tick.provider for each in refused}
    ids = dict(Provider.objects.filter(key__in=keys).values_list("key", "pk"))
    said = defaultdict(list)
    for each in QuarantinedTick.objects.hold(refused, ids):
        said[each.tick.provider, each.reason].append(f"{each.tick.base}/{each.tick.quote}"[:9])
    for (provider, reason), pairs in said.items():
        _log.warning(
            "ticks_refused", provider=provider, reason=reason, count=len(pairs), pairs=pairs[:_SHOWN]
        )


def refusal(tick: Tick) -> str | None:
    """Name what makes a tick impossible to keep. None when it can be kept.

    A moment ahead of us would stay the newest, and the source be deaf, until that moment has come.
    """
    if not (_CODE.fullmatch(tick.base) and _CODE.fullmatch(tick.quote)):
        return "unknown_currency"
    sides = [side for side in (tick.bid, tick.ask, tick.mid) if side is not None]
    if any(not side.is_finite() or side <= 0 for side in sides):
        return "not_positive"
    if any(not fits(side, RATE_DIGITS, RATE_DECIMALS) for side in sides):
        return "too_many_digits"
    ahead = _DAYS_AHEAD if tick.as_of_basis is Basis.DATE else _AHEAD
    if tick.as_of > tick.received_at + ahead:
        return "future"
    return "crossed" if _is_crossed(tick) else None


def _is_crossed(tick: Tick) -> bool:
    """Say whether the sides contradict each other, or the mid by more than a last trade may."""
    bid, ask = (tick.mid if side is None else side for side in (tick.bid, tick.ask))
    is_outside = bid > tick.mid * (1 + _OUTSIDE) or ask < tick.mid * (1 - _OUTSIDE)
    return is_outside or (None not in (tick.bid, tick.ask) and bid > ask)
