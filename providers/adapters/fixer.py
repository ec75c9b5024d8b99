"""Fixer: euro-based rates with a key in the query; errors arrive as HTTP 200."""

from providers.adapters._apilayer import Latest


class Source(Latest):
    """Read `latest` or a dated path, in euros: the only base of every plan.

    Source: https://fixer.io/documentation
    """

    name = "Fixer"
    home = "https://fixer.io"
    base_url = "https://data.fixer.io/api/"
