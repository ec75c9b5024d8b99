"""Store currencies, pairs, what was published, its candles, and daily reference rates."""

from rates.models.candles import Candle, CandleQuerySet
from rates.models.fixings import LONGEST_GAP, ReferenceRate
from rates.models.orders import LastDecision, Override
from rates.models.pairs import Currency, Method, Pair, PairQuerySet
from rates.models.published import Rate, RateDecision, RunCounter

__all__ = [
    "LONGEST_GAP",
    "Candle",
    "CandleQuerySet",
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
