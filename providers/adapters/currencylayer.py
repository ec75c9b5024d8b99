"""currencylayer: dollar-based rates by `USDEUR`, with a key in the query; errors arrive as HTTP 200."""

from providers.adapters._apilayer import Live


class Source(Live):
    """Read `live` or `historical`, in dollars: the only source of the free plan.

    Source: https://currencylayer.com/documentation
    """

    name = "currencylayer"
    home = "https://currencylayer.com"
    base_url = "https://api.currencylayer.com/"
