"""Say how a source fails."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Category(StrEnum):
    """Name the ways a source fails; each is treated differently by the caller."""

    AUTH = "auth"
    QUOTA = "quota"
    PLAN = "plan"
    UNSUPPORTED = "unsupported"
    BAD_BODY = "bad_body"
    UNAVAILABLE = "unavailable"


class ProviderError(Exception):
    """Carry what went wrong with one request to one source; never a key or a full URL.

    `retry_after` is how long the vendor wants to be left alone; None when it does not say.
    """

    def __init__(self, category: Category, detail: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{category}: {detail}")
        self.category = category
        self.detail = detail
        self.retry_after = retry_after


class NoRates(ProviderError):
    """Say that an answer is sound and states no rate: of a past day on which nothing was fixed, that is all.

    Of the newest rates there is always one, so there it is a bad body.
    """

    def __init__(self, detail: str = "no rates") -> None:
        super().__init__(Category.BAD_BODY, detail)
