"""Exchange Rates Data of the APILayer marketplace: rates by quote, behind the marketplace's gateway."""

from providers.adapters._apilayer import Latest
from providers.adapters.base import Auth


class Source(Latest):
    """Read `latest` or a dated path, in dollars.

    Source: https://apilayer.com/marketplace/exchangerates_data-api
    """

    name = "Exchange Rates Data (APILayer)"
    home = "https://apilayer.com/marketplace/exchangerates_data-api"
    base_url = "https://api.apilayer.com/exchangerates_data/"
    echoes = "exchangeratesapi_io"
    auth = Auth("header", "apikey")
    parameters = {"base": "USD"}
