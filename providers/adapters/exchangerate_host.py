"""exchangerate.host: dollar-based rates by `USDEUR`; errors arrive as HTTP 200."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from providers.adapters._apilayer import Live
from providers.adapters.base import day


class Source(Live):
    """Read `live` or `historical`, in dollars: the only source of the free plan.

    Source: https://exchangerate.host/documentation
    """

    name = "exchangerate.host"
    home = "https://exchangerate.host"
    base_url = "https://api.exchangerate.host/"

    def as_of(self, answer: Mapping[str, Any]) -> datetime | date:
        """Read the time, or the day where the older, keyless shape states no more."""
        return super().as_of(answer) if "timestamp" in answer else day(answer.get("date"))
