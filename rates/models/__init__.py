"""Store currencies, pairs, what was published, and daily reference rates."""

from rates.models.fixings import ReferenceRate
from rates.models.orders import LastDecision, Override
from rates.models.pairs import Currency, Method, Pair, PairQuerySet
from rates.models.published import Rate, RateDecision, RunCounter

__all__ = [
    "Currency",
    "LastDecision",
    "Method",
    "Override",
    "Pair",
    "PairQuerySet",
    "Rate",
    "RateDecision",
    "ReferenceRate",
    "RunCounter",
]
