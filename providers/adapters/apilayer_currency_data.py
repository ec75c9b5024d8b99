"""Currency Data of the APILayer marketplace: rates by `USDEUR`, behind the marketplace's gateway."""

from providers.adapters._apilayer import Live
from providers.adapters.base import Auth


class Source(Live):
    """Read `live` or `historical`, in dollars.

    Source: https://apilayer.com/marketplace/currency_data-api
    """

    name = "Currency Data (APILayer)"
    home = "https://apilayer.com/marketplace/currency_data-api"
    base_url = "https://api.apilayer.com/currency_data/"
    echoes = "currencylayer"
    auth = Auth("header", "apikey")
    parameters = {"source": "USD"}
