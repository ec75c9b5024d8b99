"""exchangeratesapi.io: euro-based rates; its errors are named instead of numbered, and have a status."""

from providers.adapters._apilayer import Latest


class Source(Latest):
    """Read `latest` or a dated path, in euros: the only base of the free plan.

    Source: https://exchangeratesapi.io/documentation/
    """

    name = "exchangeratesapi.io"
    home = "https://exchangeratesapi.io"
    base_url = "https://api.exchangeratesapi.io/v1/"
