"""Banco de México's FIX and its other daily rates: pesos per unit, with a free token."""

from collections.abc import Iterator

from providers.adapters._banks import Bank, Row, ungrouped
from providers.adapters._words import refusal
from providers.adapters.base import Ask, Auth, Body, ProviderError, Request, day, first, mapping, objects

_SERIES = {"SF43718": "USD", "SF46410": "EUR", "SF46407": "GBP", "SF46406": "JPY", "SF60632": "CAD"}
_NO_RATE = "N/E"


class Source(Bank):
    """Read series by their names: they come in another order than asked.

    Source: https://www.banxico.org.mx/SieAPIRest/service/v1/doc/consultaDatosSerieOp
    """

    name = "Banco de México"
    home = "https://www.banxico.org.mx/"
    base_url = "https://www.banxico.org.mx/SieAPIRest/service/v1/"
    auth = Auth("header", "Bmx-Token")
    keyless = False

    def request(self, ask: Ask) -> Request:
        """Ask for the newest of each series, or for a day."""
        when = f"{ask.on}/{ask.on}" if ask.on else "oportuno"
        return Request(f"series/{','.join(_SERIES)}/datos/{when}")

    def read(self, body: Body) -> Iterator[Row]:
        """Read every day of every series."""
        answer = body.json()
        if "error" in answer:
            raise self.refused(body)
        for series in objects(mapping(answer.get("bmx")).get("series")):
            code = _SERIES.get(str(series.get("idSerie")))
            for row in objects(series.get("datos", [])):
                rate = row.get("dato")
                on = day(row.get("fecha"), "%d/%m/%Y")
                yield Row(code, "MXN", None if rate == _NO_RATE else ungrouped(rate), on)

    def refused(self, body: Body) -> ProviderError:
        """Read what it says of it."""
        return refusal(body, first(mapping(body.json().get("error")), "detalle", "mensaje"))
