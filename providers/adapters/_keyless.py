"""Share what sources without a key have in common."""

from __future__ import annotations

from datetime import timedelta

from providers.adapters.base import Body, Category, ProviderError


def refusal(body: Body, word: str = "message", retry_after: timedelta | None = None) -> ProviderError:
    """Build the error of a failing answer, with what it says under `word` where it is JSON.

    Without keys and plans, a refusal is the content network's and passes.
    """
    try:
        said = said_first(body.json().get(word, ""))
    except ProviderError:
        said = ""
    return body.failure(said, Category.UNAVAILABLE if body.status in {401, 403} else None, retry_after)


def said_first(errors: object, word: str = "message") -> str:
    """Read a word of the first of several errors; one that is no object is the word itself."""
    found = next(iter(errors), "") if isinstance(errors, list) else errors
    return str((found.get(word) if isinstance(found, dict) else found) or "")[:120]
