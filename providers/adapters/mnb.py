"""Magyar Nemzeti Bank's daily rates by SOAP: forints per 1 or 100 units, keyless."""

from collections.abc import Iterator
from dataclasses import replace

from providers.adapters._banks import Bank, Row
from providers.adapters.base import Ask, Body, Request, comma, day

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SPACE = "http://www.mnb.hu/webservices/"


class Source(Bank):
    """Read the XML that stands as a text in the XML of the envelope.

    Source: https://www.mnb.hu/arfolyamok.asmx
    """

    name = "Magyar Nemzeti Bank"
    home = "https://www.mnb.hu/en/arfolyamok"
    base_url = "https://www.mnb.hu/"

    def request(self, ask: Ask) -> Request:
        """Ask for the newest list, or for the wanted currencies of a day."""
        if not ask.on:
            return _call("GetCurrentExchangeRates", "")
        days = f"<startDate>{ask.on}</startDate><endDate>{ask.on}</endDate>"
        names = ",".join(sorted(ask.currencies - {"HUF"}))
        return _call("GetExchangeRates", f"{days}<currencyNames>{names}</currencyNames>")

    def read(self, body: Body) -> Iterator[Row]:
        """Open the envelope, then the list."""
        inner = next((part.text for part in body.xml().iter() if part.tag.endswith("RatesResult")), None)
        for dated in replace(body, content=(inner or "").encode()).xml().iterfind("Day"):
            on = day(dated.get("date"))
            for rate in dated.iterfind("Rate"):
                yield Row(rate.get("curr"), "HUF", comma(rate.text), on, rate.get("unit"))


def _call(name: str, what: str) -> Request:
    called = f'<{name} xmlns="{_SPACE}">{what}</{name}>'
    body = f'<e:Envelope xmlns:e="{_SOAP}"><e:Body>{called}</e:Body></e:Envelope>'
    action = f"{_SPACE}MNBArfolyamServiceSoap/{name}"
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action}
    return Request("arfolyamok.asmx", headers=headers, content=body)
