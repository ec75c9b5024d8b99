"""Fill a first start: currencies, pairs, sources, schedules. What staff changed since stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import combinations, product

from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from simple_history.utils import bulk_create_with_history

from providers.adapters import adapter, keys
from providers.models import DEMO_SOURCES, Provider
from providers.schedule import forget_future_runs, interval_of, keep_in_step
from rates.currencies import CURRENCIES, currency
from rates.current import check_environment
from rates.models import Currency, Pair, RunCounter
from rates.price import orient

_LIVE_SOURCES = frozenset({"ecb"})
_DEMO_PARAMETERS = {"openexchangerates": {"show_bid_ask": "1"}}
_FOUR_DECIMALS = frozenset({"INR"})


def seed() -> None:
    """Bring every table to where a first start needs it; safe to repeat. Raises: WrongEnvironment."""
    RunCounter.objects.get_or_create(defaults={"environment": settings.FX_ENVIRONMENT})
    check_environment()
    _currencies()
    if not Pair.objects.exists():
        Pair.objects.bulk_create(_pair(base, quote) for base, quote in _tracked())
    known = set(Provider.objects.values_list("key", flat=True))
    bulk_create_with_history([_provider(key) for key in keys() if key not in known], Provider)
    keep_in_step(*Provider.objects.all())
    forget_future_runs(timezone.now())
    _house_task("beat", "fxengine.tasks.beat", 5, IntervalSchedule.SECONDS)
    _house_task("reprice", "fxengine.tasks.reprice", 1, IntervalSchedule.SECONDS)
    _house_task("clean", "fxengine.tasks.clean", 1, IntervalSchedule.DAYS)


def _currencies() -> None:
    rows = [
        Currency(
            code=c.code,
            numeric=c.numeric,
            name=c.name,
            symbol=c.symbol,
            minor_units=c.minor_units,
            active=c.active,
        )
        for c in CURRENCIES.values()
    ]
    Currency.objects.bulk_create(rows, ignore_conflicts=True)


def _tracked() -> list[tuple[str, str]]:
    """List the pairs to track: bases by targets where both are set, else all of the tracked currencies."""
    bases = _codes(settings.WORKER_BASE_CURRENCIES)
    targets = _codes(settings.WORKER_TARGET_CURRENCIES)
    tracked = _codes(settings.TRACKED_CURRENCIES)
    chosen = product(bases or tracked, targets or tracked) if bases or targets else combinations(tracked, 2)
    return sorted({orient(base, quote) for base, quote in chosen if base != quote})


def _codes(texts: Iterable[str]) -> list[str]:
    return [currency(text.strip()).code for text in texts if text.strip()]


def _pair(base: str, quote: str) -> Pair:
    """Show a pair the way markets do: yen-like quotes with three decimals, others with five."""
    decimals = 3 if currency(quote).minor_units == 0 else 4 if quote in _FOUR_DECIMALS else 5
    return Pair(base_id=base, quote_id=quote, price_decimals=decimals, pip_position=decimals - 1)


def _provider(key: str) -> Provider:
    """Set a source up: in demo those of the demo market are polled, live the ECB is; staff add others."""
    source, demo = adapter(key), settings.FX_DEMO
    interval = max(settings.WORKER_UPDATE_INTERVAL_SECONDS, int(source.min_interval.total_seconds()))
    provider = Provider(
        key=key,
        name=source.name,
        enabled=key in (DEMO_SOURCES if demo else _LIVE_SOURCES),
        interval_seconds=interval,
        priority=10 if key == settings.PRIMARY_PROVIDER else 50,
        parameters=_DEMO_PARAMETERS.get(key, {}) if demo else {},
    )
    if demo and key in DEMO_SOURCES and not source.keyless:
        provider.set_key(f"demo-key-{key}")
    return provider


def _house_task(name: str, task: str, every: int, period: str) -> None:
    interval = interval_of(every, period)
    PeriodicTask.objects.get_or_create(
        name=name, defaults={"task": task, "interval": interval, "kwargs": json.dumps({})}
    )
