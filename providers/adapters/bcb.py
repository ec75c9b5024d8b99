"""The Central Bank of Brazil's PTAX: bid and ask in reais per unit, one currency a call, keyless."""

import re
from collections.abc import Iterator

from providers.adapters._banks import Bank, Row, period
from providers.adapters.base import Ask, Body, Request, day, objects

_QUOTED = ("AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "SEK", "USD")
_NAMED = re.compile("'([A-Z]{3})'")
_DOLLAR = "CotacaoDolar"
_CLOSING = "Fechamento"


class Source(Bank):
    """Read closing bulletins; only the request names their currency.

    Source: https://dadosabertos.bcb.gov.br/dataset/taxas-de-cambio-todos-os-boletins-diarios
    """

    name = "Central Bank of Brazil"
    home = "https://www.bcb.gov.br/en/financialstability/historicalquotations"
    base_url = "https://olinda.bcb.gov.br/olinda/servico/PTAX/versao/v1/odata/"

    def requests(self, ask: Ask) -> list[Request]:
        """Ask for each currency over a period: there is no word for the newest day."""
        first, last = (f"'{on:%m-%d-%Y}'" for on in period(ask))
        days = {"@dataInicial": first, "@dataFinalCotacao": last, "$format": "json"}
        path = "CotacaoMoedaPeriodo(moeda=@moeda,dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)"
        wanted = (code for code in _QUOTED if code in ask.currencies)
        return [Request(path, {"@moeda": f"'{code}'"} | days) for code in wanted]

    def read(self, body: Body) -> Iterator[Row]:
        """Take the day: the time beside it is the one of writing, in Brasilia."""
        path = body.request.path if body.request else ""
        named = _NAMED.search(body.asked.get("@moeda", path))
        code = "USD" if path.startswith(_DOLLAR) else named and named[1]
        for row in objects(body.json().get("value")):
            if not str(row.get("tipoBoletim", _CLOSING)).startswith(_CLOSING):
                continue
            sides = {"bid": row.get("cotacaoCompra"), "ask": row.get("cotacaoVenda")}
            yield Row(code, "BRL", sides, day(str(row.get("dataHoraCotacao"))[:10]))
