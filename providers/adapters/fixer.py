"""Fixer: euro-based rates with a key in the query; errors arrive as HTTP 200."""

from datetime import datetime

from providers.adapters.base import (
    Adapter,
    Ask,
    Auth,
    Body,
    Category,
    ProviderError,
    Request,
    Tick,
    from_unix,
)

_CATEGORIES = {101: Category.AUTH, 102: Category.AUTH, 104: Category.QUOTA, 105: Category.PLAN}


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
        """Ask for the currencies against the euro, the only base of every plan."""
        path = ask.on.isoformat() if ask.on else "latest"
        return Request(path, {"symbols": ",".join(sorted(ask.currencies - {"EUR"}))})

    def parse(self, body: Body, received_at: datetime) -> list[Tick]:
        """Trust `success`, not the status."""
        answer = body.json()
        if answer.get("success") is not True:
            raise _failure(body.status, answer.get("error"))
        if not isinstance(answer.get("rates"), dict) or "timestamp" not in answer:
            raise ProviderError(Category.BAD_BODY, "no rates or no timestamp")
        as_of = from_unix(answer["timestamp"])
        return list(self.ticks(str(answer.get("base", "")), answer["rates"], received_at, as_of))


def _failure(status: int, error: object) -> ProviderError:
    """Map an error object; without one the gateway spoke, and its status decides."""
    if not isinstance(error, dict):
        return ProviderError(Category.QUOTA if status == 429 else Category.UNAVAILABLE, f"HTTP {status}")
    code, kind = int(error.get("code") or 0), str(error.get("type") or "error")
    return ProviderError(_CATEGORIES.get(code, Category.UNSUPPORTED), f"{code} {kind}")
