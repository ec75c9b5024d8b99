"""The Central Bank of Argentina's rates: pesos per unit, keyless."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row
from providers.adapters._keyless import refusal
from providers.adapters.base import Ask, Body, ProviderError, Request, day, objects

# These are the codes of moneys that are gone; the rates are those of their successors.
_GONE = {"MXP", "VEB"}
_UNITS = re.compile(r"C/([\d.]+) UNIDADES")


class Source(Bank):
    """Read `tipoCotizacion`, pesos per unit; `tipoPase` beside it is dollars per unit.

    Source: https://api.bcra.gob.ar/estadisticascambiarias/v1.0/Cotizaciones
    """

    name = "Central Bank of Argentina"
    home = "https://www.bcra.gob.ar/"
    base_url = "https://api.bcra.gob.ar/estadisticascambiarias/v1.0/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or for one of a day."""
        return Request("Cotizaciones", {"fecha": ask.on.isoformat()} if ask.on else {})

    def read(self, body: Body) -> Iterator[Row]:
        """Read the list of a day, or of several; units are told in the description alone."""
        results = body.json().get("results")
        for dated in [results] if isinstance(results, dict) else objects(results):
            on = day(dated.get("fecha"))
            for row in objects(dated.get("detalle")):
                if (code := str(row.get("codigoMoneda"))) not in _GONE:
                    units = _UNITS.search(str(row.get("descripcion")))
                    per = units[1].replace(".", "") if units else 1
                    yield Row(code, "ARS", row.get("tipoCotizacion"), on, per)

    def refused(self, body: Body) -> ProviderError:
        """Read the first of its messages."""
        return refusal(body, "errorMessages")
