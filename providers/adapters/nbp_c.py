"""The National Bank of Poland's table C: what it buys and sells thirteen currencies at, keyless."""

from providers.adapters import nbp


class Source(nbp.Source):
    """Read bid and ask, quoted on one business day and effective on the next, which is their day.

    Source: https://api.nbp.pl/en.html
    """

    name = "National Bank of Poland, table C"
    base_url = "https://api.nbp.pl/api/exchangerates/tables/C/"
    table = ""
