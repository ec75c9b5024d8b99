"""See whether staff ordered anything that no run has heeded yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from providers.models import Provider, QuarantinedTick
from rates.models import Override, Pair
from rates.pegs import peg_of

# A price by order holds at every moment; this often it is published again, so that it does not look old.
_RENEWED = timedelta(seconds=5)
# Hexadecimal digits of a digest; with the moment of renewal it fits its column.
_DIGEST = 48


def fingerprint(now: datetime) -> str:
    """Digest everything that staff decide about prices, as it holds at a moment.

    Where an order or a peg makes prices, it is another one every few seconds.
    """
    overrides = list(
        Override.objects.in_force(now).order_by("pk").values_list("pair", "mid", "bid", "ask", "set_at")
    )
    pairs = list(
        Pair.objects.order_by("pk").values_list(
            "base",
            "quote",
            "tracked",
            "direct",
            "method",
            "max_jump_pct",
            "max_deviation_bps",
            "max_dispersion_bps",
            "half_life_seconds",
            "max_age_seconds",
        )
    )
    providers = list(
        Provider.objects.enabled().values_list(
            "key", "priority", "weight", "max_age_seconds", "interval_seconds"
        )
    )
    released = list(QuarantinedTick.objects.released(now).order_by("pk").values_list("pk", "reviewed_at"))
    is_renewed = bool(overrides) or any(_is_pegged(pair, now) for pair in pairs)
    renewal = int(now.timestamp() // _RENEWED.total_seconds()) if is_renewed else None
    digest = sha256(repr((overrides, pairs, providers, released)).encode()).hexdigest()
    return f"{digest[:_DIGEST]}:{renewal or ''}"


def is_ordered_anew(before: str, now: str) -> bool:
    """Say whether staff changed something between two digests, beyond what is only published again."""
    known, separator, _ = before.partition(":")
    # Without the mark it is none of ours: what staff had ordered then is not known.
    return bool(separator) and known != now.partition(":")[0]


def _is_pegged(pair: tuple[object, ...], now: datetime) -> bool:
    base, quote, tracked, *_ = pair
    return bool(tracked) and any(peg_of(str(code), now.date()) for code in (base, quote))
