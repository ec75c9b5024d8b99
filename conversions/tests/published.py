"""Publish prices into the database, as a run of the pipeline leaves them."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from conversions.tests.builders import price
from rates.currencies import currency
from rates.models import Currency, Pair, Rate, RateDecision, RunCounter
from rates.price import Price

SAID = {"provider": "fixer", "symbol": "EUR/USD", "mid": "1.084361", "used": True, "reason": None}


def publish(
    symbol: str = "EUR/USD", mid: str = "1.084361", *, as_of: datetime | None = None, **sides: str
) -> Price:
    """Track a pair and publish one price of it, observed now unless told otherwise."""
    made = replace(price(symbol, mid, **sides), as_of=as_of or timezone.now())
    counter, _ = RunCounter.objects.get_or_create(defaults={"environment": settings.FX_ENVIRONMENT})
    recorded_at = counter.advance(timezone.now())
    pair, _ = Pair.objects.get_or_create(base=_row(made.base), quote=_row(made.quote))
    rate = Rate.of(made, pair.pk, counter.seq, recorded_at)
    rate.save()
    for code in {made.base, made.quote} - {"USD"}:
        RateDecision.objects.create(seq=counter.seq, currency=code, inputs=[SAID])
    return replace(made, seq=counter.seq, rate_id=rate.pk)


def _row(code: str) -> Currency:
    known = currency(code)
    facts = {"numeric": known.numeric, "name": known.name, "minor_units": known.minor_units, "active": True}
    return Currency.objects.get_or_create(code=code, defaults=facts)[0]
