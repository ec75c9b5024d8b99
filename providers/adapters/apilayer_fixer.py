"""Fixer as sold on the APILayer marketplace: the same answers behind a gateway with errors of its own."""

from providers.adapters._apilayer import Latest
from providers.adapters.base import Auth


class Source(Latest):
    """Read `latest` or a dated path; here every plan may ask in dollars.

    Source: https://apilayer.com/marketplace/fixer-api
    """

    name = "Fixer (APILayer)"
    home = "https://apilayer.com/marketplace/fixer-api"
    base_url = "https://api.apilayer.com/fixer/"
    echoes = "fixer"
    auth = Auth("header", "apikey")
    parameters = {"base": "USD"}
