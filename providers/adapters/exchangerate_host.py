"""exchangerate.host: dollar-based rates by `USDEUR`; errors arrive as HTTP 200."""

from providers.adapters._apilayer import Live


class Source(Live):
    """Read `live` or `historical`, in dollars: the only source of the free plan.

    Source: https://exchangerate.host/documentation
    """

    name = "exchangerate.host"
    home = "https://exchangerate.host"
    base_url = "https://api.exchangerate.host/"
