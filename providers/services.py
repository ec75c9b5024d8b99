"""Keep what the sources said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import structlog
from django.db import connection

from providers.adapters.base import Tick
from providers.models import NewestTick, Provider

# One statement: the log, the newest, and which pairs moved. Columns in the order of `_row`.
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
)
INSERT INTO providers_newesttick AS known
    (provider_id, base, quote, bid, ask, mid, as_of, as_of_basis, received_at)
SELECT * FROM said
ON CONFLICT (provider_id, base, quote) DO UPDATE SET
    bid = excluded.bid, ask = excluded.ask, mid = excluded.mid, as_of = excluded.as_of,
    as_of_basis = excluded.as_of_basis, received_at = excluded.received_at
WHERE excluded.as_of > known.as_of
RETURNING base, quote
"""
_LARGEST, _DECIMALS = Decimal("1e20"), 30
_log = structlog.get_logger(__name__)


def keep(ticks: Iterable[Tick]) -> set[str]:
    """Log ticks and move the newest ones forward, in one statement; return the currencies that moved.

    A tick that cannot be stored is refused with its reason in the log. Rows are taken in one order by every
    caller, so that two of them cannot wait for each other.
    """
    fit = {(tick.provider, tick.base, tick.quote): tick for tick in ticks if _is_fit(tick)}
    if not fit:
        return set()
    ids = dict(Provider.objects.filter(key__in={key for key, _, _ in fit}).values_list("key", "pk"))
    columns = zip(*(_row(ids[tick.provider], tick) for _, tick in sorted(fit.items())), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in columns])
        return {currency for pair in cursor.fetchall() for currency in pair}


def newest_ticks(providers: Sequence[Provider]) -> list[Tick]:
    """Read the newest ticks of these providers, all pairs."""
    keys = {provider.pk: provider.key for provider in providers}
    return [row.as_tick(keys[row.provider_id]) for row in NewestTick.objects.filter(provider__in=keys)]


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


def _is_fit(tick: Tick) -> bool:
    """Say whether the tables can hold a tick; if not, log why."""
    reason = refusal(tick)
    if reason:
        _log.warning(
            "tick_refused", provider=tick.provider, pair=f"{tick.base}/{tick.quote}"[:9], reason=reason
        )
    return reason is None


def refusal(tick: Tick) -> str | None:
    """Name what makes a tick impossible to keep. None when it can be kept."""
    if not all(len(code) == 3 and code.isascii() and code.isupper() for code in (tick.base, tick.quote)):
        return "unknown_currency"
    sides = [side for side in (tick.bid, tick.ask, tick.mid) if side is not None]
    if any(not side.is_finite() or not 0 < side < _LARGEST for side in sides):
        return "not_positive"
    if any(_decimals(side) > _DECIMALS for side in sides):
        return "too_many_decimals"
    return "crossed" if tick.bid is not None and tick.ask is not None and tick.bid > tick.ask else None


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
