"""Fixer: euro-based rates with a key in the query; errors arrive as HTTP 200."""

from collections.abc import Mapping
from datetime import datetime

from providers.adapters.base import Adapter, Ask, Auth, Body, Category, ProviderError, Request, Tick, instant

_CATEGORIES = {"101": Category.AUTH, "102": Category.AUTH, "104": Category.QUOTA, "105": Category.PLAN}


class Source(Adapter):
    """Read `latest` or a dated path.

    Source: https://fixer.io/documentation
    """

    name = "Fixer"
    home = "https://fixer.io"
    base_url = "https://data.fixer.io/api/"
    auth = Auth("query", "access_key")
    historical = True

    def request(self, ask: Ask) -> Request:
        """Ask for the whole table: one symbol that it does not know would refuse all others."""
        return Request(ask.on.isoformat() if ask.on else "latest")

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Trust `success`, not the status."""
        answer = body.json()
        if answer.get("success") is not True:
            raise _failure(body, answer)
        as_of = instant(answer.get("timestamp"))
        return self.ticks(answer.get("base"), answer.get("rates"), received_at, as_of)


def _failure(body: Body, answer: Mapping[str, object]) -> ProviderError:
    """Map an error object; without one the gateway spoke, and its status decides."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return body.failure(answer.get("message", "neither success nor error"))
    code = str(error.get("code"))
    otherwise = body.category() if body.failed else Category.UNSUPPORTED
    return body.failure(f"{code} {error.get('type', '')}", _CATEGORIES.get(code, otherwise))
