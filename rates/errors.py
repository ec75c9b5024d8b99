"""Name the failures that callers outside the house can see, by the stable codes of the API."""

from collections.abc import Mapping, Sequence
from typing import Any

PROBLEM_TYPE = "application/problem+json"


class ApiError(Exception):
    """Carry one documented problem; `errors` lists `{field, code, detail}` for invalid input."""

    def __init__(
        self,
        code: str,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.status, self.detail = code, status, detail
        self.errors, self.headers, self.extra = list(errors), dict(headers or {}), dict(extra or {})


class NoRate(ApiError):
    """Say that known currencies cannot be priced now: an outage, not a wrong question."""

    RETRY_SECONDS = 5

    def __init__(self, symbol: str) -> None:
        retry = {"Retry-After": str(self.RETRY_SECONDS)}
        super().__init__("no_rate", 503, f"No source can price {symbol} now.", headers=retry)


class WrongEnvironment(ApiError):
    """Say that the database holds prices of the other environment: simulated ones must not pass for real."""

    def __init__(self, held: str, ours: str) -> None:
        super().__init__("unavailable", 503, f"This database holds {held} prices, not {ours} ones.")


class InvalidRequest(ApiError):
    """Say which fields of a request are wrong."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        fields = ", ".join(str(error["field"]) for error in errors)
        super().__init__("invalid_request", 400, f"Invalid request: {fields}.", errors=errors)


def field_error(field: str, code: str, detail: str) -> dict[str, str]:
    """Describe what is wrong with one field."""
    return {"field": field, "code": code, "detail": detail}
